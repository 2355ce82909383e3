import numpy as np
import pytest
import torch

from onboard_models.importance.layers import layers_of
from onboard_models.importance.operators import OPERATORS, UnsupportedOperatorError
from onboard_models.importance.torch_network import TorchNetwork
from onboard_models.runtime import open_session
from onboard_models.zoo.export import export_network
from onboard_models.zoo.networks import initialise_
from onboard_models.zoo.recipes import RECIPES
from onboard_models.zoo.training import build_network
from tests.onboard_models.injection.injected_models import inputs, model_of
from tests.onboard_models.residual_network import exported, seeded_resnet18
from tests.onboard_models.small_graphs import images, plain_cnn

ROUNDING = 2e-5  # float32 through ten layers, sums in another order


def test_every_kind_of_layer_computes_what_onnx_runtime_does():
    model = model_of("all-layers", None)
    x = inputs("all-layers", seed=3)
    network = TorchNetwork(model, inputs("all-layers"))
    expected = open_session(model.SerializeToString()).run(["logits"], {"x": x})[0]
    np.testing.assert_allclose(network.logits(torch.from_numpy(x)).detach().numpy(), expected, atol=ROUNDING)


@pytest.mark.parametrize("name", ["vit", "cnn-rednet", "small-bottleneck", "ship-detector"])
def test_networks_of_the_zoo_compute_the_same(name):
    recipe = RECIPES[name]
    network = build_network(recipe, 17 if recipe.task == "detection" else 5)
    initialise_(network, 1)
    x = images(4, 32)
    model = export_network(network.eval(), recipe, seed=1, probe=x)
    got = TorchNetwork(model, x).logits(torch.from_numpy(x[:2])).detach().numpy()
    expected = open_session(model.SerializeToString()).run(["logits"], {"x": x[:2]})[0]
    np.testing.assert_allclose(got, expected, atol=ROUNDING * max(1.0, np.abs(expected).max()))


def test_a_resnet_as_torch_exports_it_has_its_layers_in_order():
    model = exported(seeded_resnet18(width=8), size=32)
    network = TorchNetwork(model, images(2, 32, n_channels=3))
    layers = layers_of(model)
    assert len(layers) == 21  # 17 convolutions, 3 shortcuts, one linear; the exporter folds batch norms
    assert (layers[0].name, layers[-1].name) == ("conv1", "fc")
    assert set(network.parameters) >= {name for layer in layers for name in layer.tensors}


def test_integers_are_refused_by_name(tmp_path):
    model = model_of("int8", tmp_path)
    with pytest.raises(UnsupportedOperatorError, match="QuantizeLinear"):
        TorchNetwork(model, images(2, 12))
    with pytest.raises(ValueError, match="such as cnn instead of cnn-int8"):
        layers_of(model)


def test_another_network_is_refused(monkeypatch):
    monkeypatch.setitem(OPERATORS, "Relu", lambda call: call.tensor(0))
    with pytest.raises(ValueError, match="differ from those of ONNX Runtime"):
        TorchNetwork(plain_cnn(), images(2, 12))


def test_layers_hold_weights_with_their_biases():
    layers = layers_of(plain_cnn(channels=(8, 16)))
    assert [layer.name for layer in layers] == ["conv0", "conv1", "head"]
    assert [layer.n_parameters for layer in layers] == [8 * 9 + 8, 16 * 8 * 9 + 16, 5 * 16 + 5]
    assert (layers[1].source, layers[1].output) == ("act0", "sum1")
    assert layers[1].tensors == ("conv1.weight", "conv1.bias")
    assert layers[1].n_bits == 32 * layers[1].n_parameters == 8 * layers[1].n_bytes
