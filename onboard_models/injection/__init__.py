"""Flipping bits of a model that runs in ONNX Runtime: exact, fast, and checked on every model before it is used."""

from onboard_models.injection.activations import ActivationInjector
from onboard_models.injection.guard import GuardReport, InjectionGuardError, outputs_agree
from onboard_models.injection.injector import Injector, Mode
from onboard_models.injection.trial_outputs import TrialOutputs

__all__ = [
    "ActivationInjector",
    "GuardReport",
    "InjectionGuardError",
    "Injector",
    "Mode",
    "TrialOutputs",
    "outputs_agree",
]
