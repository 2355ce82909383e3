import numpy as np

from onboard_models.memory_image import Content, RegionKind, image_of


def small_image(scale=1):
    """Return an image of two layers with weights, biases, scales and gaps."""
    rng = np.random.default_rng(2)

    def content(name, layer, kind, values):
        return Content(name=name, layer=layer, kind=kind, values=values)

    return image_of(
        [
            content("a.weight", "a", RegionKind.WEIGHT, rng.normal(size=(scale, 5, 7)).astype(np.float32)),
            content("a.bias", "a", RegionKind.BIAS, rng.normal(size=5).astype(np.float32)),
            content("b.weight", "b", RegionKind.WEIGHT, rng.integers(-128, 127, 100 * scale).astype(np.int8)),
            content("b.bias", "b", RegionKind.BIAS, rng.integers(-9, 9, 3).astype(np.int32)),
            content("b.scale", "b", RegionKind.SCALE, np.float32([0.1])),
            content("b.zero", "b", RegionKind.ZERO_POINT, np.uint8([3])),
        ]
    )
