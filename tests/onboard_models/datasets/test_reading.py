from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

from onboard_models.datasets.reading import ImagesRefusedError, read_images
from onboard_models.datasets.sar_patches import feature

IMAGES = np.random.default_rng(0).normal(size=(6, 1, 8, 8)).astype(np.float32)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def test_npz_is_taken_as_stored(tmp_path):
    np.savez(tmp_path / "mine.npz", x=IMAGES, y=LABELS, class_names=np.array(["a", "b", "c"]))
    images = read_images(tmp_path / "mine.npz")
    assert np.array_equal(images.x, IMAGES) and np.array_equal(images.y, LABELS)
    assert images.class_names == ("a", "b", "c")
    np.savez(tmp_path / "nameless.npz", x=IMAGES.astype(np.float64), y=LABELS.astype(np.uint8))
    images = read_images(tmp_path / "nameless.npz")
    assert (images.x.dtype, images.y.dtype, images.class_names) == (
        np.float32,
        np.int64,
        ("class0", "class1", "class2"),
    )


def _folder(tmp_path, preprocessing):
    intensity = np.random.default_rng(1).gamma(1.0, size=(4, 8, 8))
    for name, image in zip(("sea/b", "sea/a", "land/a", "ship/a"), intensity, strict=True):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        np.save(tmp_path / f"{name}.npy", image)
    (tmp_path / "preprocessing.json").write_text(json.dumps(preprocessing))
    return intensity


def test_folder_per_class_is_prepared_as_it_states(tmp_path):
    intensity = _folder(tmp_path, {"decibels": True, "floor": 1e-6, "offset": 20, "scale": 0.1})
    images = read_images(tmp_path)
    assert images.class_names == ("land", "sea", "ship")
    assert images.y.tolist() == [0, 1, 1, 2]
    assert np.allclose(images.x[:, 0], feature(intensity)[[2, 1, 0, 3]], atol=1e-6)
    assert "10 log10(stored + 1e-06)" in images.preprocessing


def test_a_folder_without_decibels_is_scaled(tmp_path):
    intensity = _folder(tmp_path, {"offset": -1.0, "scale": 2.0})
    assert np.allclose(read_images(tmp_path).x[0, 0], (intensity[2] - 1.0) * 2.0, atol=1e-6)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": IMAGES}, "y"),
        ({"x": IMAGES, "y": LABELS[:5]}, "5 answers"),
        ({"x": IMAGES, "y": LABELS - 1}, "class numbers"),
        ({"x": IMAGES, "y": LABELS * 1.0}, "class numbers"),
        ({"x": IMAGES[:, 0], "y": LABELS}, "channels, height, width"),
        ({"x": np.full_like(IMAGES, np.nan), "y": LABELS}, "finite"),
        ({"x": IMAGES, "y": LABELS, "class_names": np.array(["a"])}, "0 to 0"),
        ({"x": np.array([{}], dtype=object), "y": LABELS}, "cannot be read"),
        ({"x": IMAGES[:0], "y": LABELS[:0]}, "class numbers"),
    ],
)
def test_wrong_arrays_are_refused(tmp_path, arrays, words):
    np.savez(tmp_path / "mine.npz", **arrays)
    with pytest.raises(ImagesRefusedError, match=words):
        read_images(tmp_path / "mine.npz")


def test_what_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("onboard_models.datasets.reading._LARGEST_BYTES", 20_000_000)
    header = b"\x93NUMPY\x01\x00" + (118).to_bytes(2, "little")
    text = b"{'descr': '|u1', 'fortran_order': False, 'shape': (30000000,), }".ljust(117) + b"\n"
    path = tmp_path / "bomb.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("x.npy", "w", force_zip64=True) as file,
    ):
        file.write(header + text)
        for _ in range(30):
            file.write(bytes(1_000_000))
    assert path.stat().st_size < 200_000
    with pytest.raises(ImagesRefusedError, match="at most"):
        read_images(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"not a zip", "cannot be read"),
        (b"", "cannot be read"),
    ],
)
def test_damaged_files_are_refused(tmp_path, content, words):
    (tmp_path / "mine.npz").write_bytes(content)
    with pytest.raises(ImagesRefusedError, match=words):
        read_images(tmp_path / "mine.npz")


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"decibel": true}', '{"scale": "2"}', '{"scale": NaN}'],
    ids=["empty", "list", "key", "text", "nan"],
)
def test_folders_state_their_preprocessing(tmp_path, text):
    _folder(tmp_path, {})
    (tmp_path / "preprocessing.json").write_text(text)
    with pytest.raises(ImagesRefusedError, match=r"preprocessing\.json"):
        read_images(tmp_path)


def test_folders_with_nothing_or_unlike_arrays_are_refused(tmp_path):
    with pytest.raises(ImagesRefusedError, match=r"preprocessing\.json"):
        read_images(tmp_path)
    _folder(tmp_path, {})
    np.save(tmp_path / "sea" / "c.npy", np.zeros((9, 8)))
    with pytest.raises(ImagesRefusedError, match="give all the same"):
        read_images(tmp_path)
    np.save(tmp_path / "sea" / "c.npy", np.array(["text"]))
    with pytest.raises(ImagesRefusedError, match="numbers"):
        read_images(tmp_path)
    with pytest.raises(ImagesRefusedError, match=r"give an \.npz"):
        read_images(tmp_path / "nowhere.txt")
