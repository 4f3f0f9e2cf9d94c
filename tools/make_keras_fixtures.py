"""Write tests/lib/fixtures/keras.json: what Keras 3 computes for the inputs stored beside its answers.

Run once, in an environment of its own, never in the project's:

    python -m venv keras-venv
    keras-venv/bin/pip install keras==3.15.1 torch==2.13.0
    KERAS_BACKEND=torch keras-venv/bin/python tools/make_keras_fixtures.py
"""

import json
from pathlib import Path
from typing import Any

import keras  # type: ignore[import-not-found]
import numpy as np

keras.config.set_floatx("float64")

FIXTURES = Path(__file__).parents[1] / "tests" / "lib" / "fixtures" / "keras.json"

# Nothing here is a default, epsilon is large and the gradients differ in size: a wrong formula cannot hide.
THETA = [2.0, -1.0, 0.5]
GRADIENTS = [[0.3, -0.02, 1.0], [-0.1, 1.5, 0.0], [0.7, 0.4, -2.0], [0.05, -0.6, 0.3], [0.2, 0.1, -0.4]]

OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {"learning_rate": 0.05}),
    "momentum": ("SGD", {"learning_rate": 0.05, "momentum": 0.8}),
    "nesterov": ("SGD", {"learning_rate": 0.05, "momentum": 0.8, "nesterov": True}),
    "adagrad": ("Adagrad", {"learning_rate": 0.05, "epsilon": 0.1, "initial_accumulator_value": 0.3}),
    "rmsprop": ("RMSprop", {"learning_rate": 0.05, "rho": 0.8, "epsilon": 0.1}),
    "adam": ("Adam", {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.1}),
    "nadam": ("Nadam", {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.1}),
    "adamw": (
        "AdamW",
        {"learning_rate": 0.05, "beta_1": 0.8, "beta_2": 0.9, "epsilon": 0.1, "weight_decay": 0.3},
    ),
}

RATES = [0.1, 0.1, 0.1, 0.01, 0.01]  # momentum while the rate changes, on f = theta**2 / 2 from 1, beta 0.9

TIMES = [0, 1, 4, 5, 6, 10, 15, 16, 40]
SCHEDULES: dict[str, tuple[str, dict[str, Any]]] = {
    "power": ("InverseTimeDecay", {"initial_learning_rate": 0.3, "decay_steps": 7, "decay_rate": 1.0}),
    "exponential": ("ExponentialDecay", {"initial_learning_rate": 0.3, "decay_steps": 7, "decay_rate": 0.1}),
    "exponential staircase": (
        "ExponentialDecay",
        {"initial_learning_rate": 0.3, "decay_steps": 7, "decay_rate": 0.1, "staircase": True},
    ),
    "piecewise constant": ("PiecewiseConstantDecay", {"boundaries": [5, 15], "values": [0.3, 0.2, 0.1]}),
}

Z = [-1000.0, -30.0, -3.0, -1.0, -0.25, 0.0, 0.25, 1.0, 3.0, 30.0, 1000.0]
ACTIVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "identity": ("linear", {}),
    "sigmoid": ("sigmoid", {}),
    "tanh": ("tanh", {}),
    "relu": ("relu", {}),
    "leaky_relu": ("leaky_relu", {"negative_slope": 0.2}),
    "elu": ("elu", {"alpha": 0.7}),
    "selu": ("selu", {}),
    "gelu": ("gelu", {"approximate": False}),
    "gelu tanh": ("gelu", {"approximate": True}),
    "swish": ("silu", {}),
    "mish": ("mish", {}),
    "softplus": ("softplus", {}),
}

PLATEAUS = {
    "patience 2": {"factor": 0.1, "patience": 2},
    "patience 0": {"factor": 0.5, "patience": 0},
    "cooldown 1": {"factor": 0.1, "patience": 2, "cooldown": 1},
    "cooldown 3": {"factor": 0.5, "patience": 1, "cooldown": 3},
    "min_lr": {"factor": 0.5, "patience": 1, "min_lr": 0.3},
    "min_delta": {"factor": 0.5, "patience": 2, "min_delta": 0.15},
}
METRICS = [1.0, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.79, 0.81, 0.7, 0.7, 0.7, 0.7]

STOPS: dict[str, dict[str, Any]] = {
    "patience 0": {"patience": 0},
    "patience 1": {"patience": 1},
    "patience 2": {"patience": 2},
    "patience 3": {"patience": 3},
    "min_delta": {"patience": 3, "min_delta": 0.15},
    "never": {"patience": 50},
}


class Model:
    """As much of a model as a Keras callback touches; its only weight is the epoch."""

    def __init__(self, learning_rate: float) -> None:
        self.optimizer = keras.optimizers.SGD(learning_rate)
        self.stop_training = False
        self.metrics: list[Any] = []
        self.weights = [np.zeros(1)]

    def get_weights(self) -> list[Any]:
        return [w.copy() for w in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        self.weights = weights


def numbers(value: Any) -> Any:
    return np.asarray(keras.ops.convert_to_numpy(value), dtype=float).tolist()


def optimizer_path(name: str, config: dict[str, Any]) -> list[list[float]]:
    theta = keras.Variable(np.array(THETA), dtype="float64")
    optimizer = getattr(keras.optimizers, name)(**config)
    path = []
    for gradient in GRADIENTS:
        optimizer.apply([keras.ops.convert_to_tensor(np.array(gradient))], [theta])
        path.append(numbers(theta))
    return path


def momentum_while_the_rate_changes() -> list[float]:
    theta = keras.Variable(np.array([1.0]), dtype="float64")
    optimizer = keras.optimizers.SGD(learning_rate=RATES[0], momentum=0.9)
    path = []
    for rate in RATES:
        optimizer.learning_rate = np.array(rate)  # a float would pass through float32
        optimizer.apply([keras.ops.convert_to_tensor(np.array(numbers(theta)))], [theta])
        path.append(numbers(theta)[0])
    return path


def plateau_rates(config: dict[str, Any]) -> list[float]:
    callback = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", mode="min", **config)
    model = Model(1.0)
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, metric in enumerate(METRICS):
        callback.on_epoch_end(epoch, {"val_loss": metric})
        rates.append(float(numbers(model.optimizer.learning_rate)))
    return rates


def early_stop(config: dict[str, Any]) -> dict[str, float]:
    callback = keras.callbacks.EarlyStopping(monitor="val_loss", mode="min", restore_best_weights=True, **config)
    model = Model(1.0)
    callback.set_model(model)
    callback.on_train_begin()
    epoch = 0
    for epoch, metric in enumerate(METRICS):
        model.weights = [np.array([float(epoch)])]
        callback.on_epoch_end(epoch, {"val_loss": metric})
        if model.stop_training:
            break
    callback.on_train_end()
    return {"last_epoch": epoch, "restored_epoch": float(model.weights[0][0])}


def main() -> None:
    weights = np.array([[3.0, 0.3, -0.5], [4.0, 0.4, 0.0]])
    tensor = keras.ops.convert_to_tensor(weights)
    fixtures = {
        "keras": keras.__version__,
        "backend": keras.config.backend(),
        "theta": THETA,
        "gradients": GRADIENTS,
        "optimizers": {
            ours: {"name": name, "config": config, "path": optimizer_path(name, config)}
            for ours, (name, config) in OPTIMIZERS.items()
        },
        "momentum_while_the_rate_changes": {"rates": RATES, "path": momentum_while_the_rate_changes()},
        "times": TIMES,
        "schedules": {
            ours: {
                "name": name,
                "config": config,
                "rates": [float(numbers(getattr(keras.optimizers.schedules, name)(**config)(t))) for t in TIMES],
            }
            for ours, (name, config) in SCHEDULES.items()
        },
        "z": Z,
        "activations": {
            ours: {
                "name": name,
                "config": config,
                "values": numbers(getattr(keras.activations, name)(keras.ops.convert_to_tensor(np.array(Z)), **config)),
            }
            for ours, (name, config) in ACTIVATIONS.items()
        },
        "metrics": METRICS,
        "plateaus": {name: {"config": config, "rates": plateau_rates(config)} for name, config in PLATEAUS.items()},
        "early_stopping": {name: {"config": config, **early_stop(config)} for name, config in STOPS.items()},
        "weights": weights.tolist(),
        "regularizers": {
            "l1": float(numbers(keras.regularizers.L1(0.3)(tensor))),
            "l2": float(numbers(keras.regularizers.L2(0.3)(tensor))),
            "l1_l2": float(numbers(keras.regularizers.L1L2(0.3, 0.2)(tensor))),
        },
        "max_norm": numbers(keras.constraints.MaxNorm(1.0, axis=0)(tensor)),
    }
    FIXTURES.parent.mkdir(parents=True, exist_ok=True)
    FIXTURES.write_text(json.dumps(fixtures, indent=1) + "\n")
    print(f"wrote {FIXTURES} from Keras {keras.__version__} on {keras.config.backend()}")


if __name__ == "__main__":
    main()
