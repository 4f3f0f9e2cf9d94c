"""A network that is handed over: read as its author reads with it, or refused in a sentence. It is never believed."""

# Functions as students write them, without types.
# mypy: allow-untyped-defs, allow-untyped-calls

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machine_room import Network, activations, datasets, exercises, experiments, keras
from machine_room.checks import run_check
from machine_room.checks.observe import plain
from machine_room.checks.run import VISIBLE_SEED
from machine_room.exercises.make_it_better.handed_over import (
    MOST_LAYERS,
    MOST_PARAMETERS,
    NotANetwork,
    as_plain,
    network_of,
)
from machine_room.layers import Activation, Dense, Dropout, Flatten

EXERCISE = exercises.find("train_and_read")
X, LABELS = datasets.practice_digits()


def rng(seed=0):
    return np.random.default_rng(seed)


def handed_over(returned):
    return network_of(plain(as_plain(returned)))


def built(*layers, **options):
    return Network(layers, inputs=64, loss="cross_entropy", rng=rng(), **options)


def of_keras(*layers):
    model = keras.Sequential([keras.layers.Input(shape=(64,)), *layers], rng=rng())
    model.compile(optimizer="sgd", loss="sparse_categorical_crossentropy")
    model.fit(X[:64], LABELS[:64], verbose=0)
    return model


def _of(activation: str) -> Network:
    return built(Dense(30, activation), Dense(10))


K = keras.layers
NETWORKS = {
    "one layer": lambda: built(Dense(10)),
    "deep": lambda: built(*[Dense(20, "swish") for _ in range(8)], Dense(10)),
    "float32": lambda: built(Dense(30, "relu"), Dense(10), dtype=np.float32),
    "softmax at the end": lambda: built(Dense(30, "tanh"), Dense(10, "softmax")),
    "dropout and flatten": lambda: built(Flatten(), Dense(30, "relu"), Dropout(0.5), Dense(10)),
    "activations as layers": lambda: built(Dense(30), Activation("relu"), Dense(10), Activation("softmax")),
    "two activations in a row": lambda: built(Dense(30, "relu"), Activation("tanh"), Dense(10)),
    "the lecture's own": lambda: experiments.train_and_read(X[:100], LABELS[:100], seed=0),
    "Keras": lambda: of_keras(K.Dense(30, activation="relu"), K.Dense(10, activation="softmax")),
    "Keras, by functions": lambda: of_keras(K.Dense(30, activation=keras.activations.relu), K.Dense(10, "softmax")),
    "Keras, leaky": lambda: of_keras(K.Dense(30), K.LeakyReLU(), K.Dense(10), K.Softmax()),
    "Keras, leaky by alpha": lambda: of_keras(K.Dense(30), K.LeakyReLU(alpha=0.1), K.Dense(10, "softmax")),
    "Keras, dropout": lambda: of_keras(K.Flatten(), K.Dense(30, "elu"), K.Dropout(0.3), K.Dense(10, "softmax")),
    **{name: partial(_of, name) for name in activations.BY_NAME if name != "softmax"},
}


@pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)
def test_it_reads_as_its_author_reads_with_it(make: Callable[..., Any]) -> None:
    model = make()
    expected = model.predict(X)
    found = handed_over(model)
    assert np.mean(found.read(X) == expected.argmax(axis=1)) > 0.995  # a tie in float32 may fall the other way
    if found.steps[-1].activation != "softmax":
        np.testing.assert_allclose(found.outputs(X), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("names", [["relu", "linear"], ("relu", None), ["relu", "softmax"]])
def test_a_dict_is_a_network(names: Any) -> None:
    model = built(Dense(30, "relu"), Dense(10))
    found = handed_over({"sizes": [64, 30, 10], "activations": names, "theta": model.theta})
    np.testing.assert_array_equal(found.read(X), model.predict(X).argmax(axis=1))


def test_what_is_kept_is_a_copy() -> None:
    model = built(Dense(10))
    found = handed_over(model)
    before = found.read(X).copy()
    model.theta[:] = 0
    np.testing.assert_array_equal(found.read(X), before)


def plan(**changes):
    """A dict that is a network, with changes; a change to None takes the entry out."""
    whole = {"sizes": [64, 10], "activations": ["linear"], "theta": np.zeros(650), **changes}
    return {key: value for key, value in whole.items() if value is not None}


class Standardize(Dense):
    """A layer of a student's own."""


class Model:
    def predict(self, x):
        return x


REFUSED = {
    "nothing": (lambda: None, "returns None: is the return missing?"),
    "a function": (lambda: lambda x: x, "Return the trained network itself: .* of type function."),
    "an object that can predict": (Model, "Return the trained network itself: .* of type Model."),
    "the class": (lambda: Model, "Return the trained network itself: .* of type type."),
    "text": (lambda: "network", "of type str."),
    "two things": (lambda: (built(Dense(10)), 3), "of type tuple."),
    "what fit returns": (
        lambda: built(Dense(10)).fit(X[:32], LABELS[:32], progress=False),
        "You return what fit returns, a History.",
    ),
    "an untrained network": (lambda: Network([Dense(10)]), "has no parameters yet"),
    "no layers": (lambda: {"layers": [], "theta": np.zeros(0)}, "has no layers"),
    "eleven outputs": (lambda: built(Dense(11)), "The last dense layer needs 10 units"),
    "activations alone": (lambda: {"layers": [], "theta": np.zeros(1)}, "has no layers"),
    "other inputs": (lambda: Network([Dense(10)], inputs=32), r"theta has the shape \(330,\), expected \(650,\)"),
    "an activation of one's own": (
        lambda: built(Dense(30, activations.Activation(np.sin, lambda dh, z: dh)), Dense(10)),
        "The activation of layer 1 is a function of your own",
    ),
    "a layer of one's own": (lambda: built(Standardize(10)), r"Layer 1 is of a kind of your own \(Standardize\)"),
    "softmax inside": (lambda: built(Dense(30, "softmax"), Dense(10)), "softmax belongs to the last layer alone"),
    "softmax inside, as a layer": (
        lambda: built(Dense(30), Activation("softmax"), Dense(10)),
        "softmax belongs to the last layer alone",
    ),
    "too many parameters": (
        lambda: built(Dense(800, "relu"), Dense(10)),
        "The network has 60,010 parameters; at most 55,000",
    ),
    "far too many": (
        lambda: {"layers": [{"layer": "Dense", "units": 2**40}, {"layer": "Dense", "units": 10}], "theta": np.zeros(1)},
        "at most 55,000 are accepted",
    ),
    "too many layers": (lambda: built(*[Dense(10) for _ in range(17)]), "more than 16 layers"),
    "diverged": (lambda: plan(theta=np.full(650, np.nan)), "theta holds nan or inf: the training has diverged"),
    "theta of rows": (lambda: plan(theta=np.zeros((10, 65))), r"theta has the shape \(10, 65\), expected \(650,\)"),
    "theta of text": (lambda: plan(theta="0"), "theta is one flat NumPy array of numbers"),
    "theta of complex numbers": (lambda: plan(theta=np.zeros(650, complex)), "theta is one flat NumPy array"),
    "no theta": (lambda: plan(theta=None), "yours lacks theta"),
    "an empty dict": (dict, "yours lacks sizes, activations, theta"),
    "weights": (lambda: {"weights": [], "biases": []}, "yours lacks sizes, activations, theta"),
    "one name too few": (lambda: plan(activations=[]), "one fewer: "),
    "names that are no list": (lambda: plan(activations="linear"), "one fewer: "),
    "inputs left out": (lambda: plan(sizes=[100, 10]), "sizes begins with the number of inputs, 64; yours with 100"),
    "an unknown activation": (lambda: plan(activations=["exp"]), "Layer 1 has the activation 'exp'"),
    "an activation as a function": (lambda: plan(activations=[np.tanh]), "a function of your own"),
    "half a unit": (lambda: plan(sizes=[64, 9.5]), "a whole number, at least 1"),
    "less than none": (lambda: plan(sizes=[64, -5]), "a whole number, at least 1"),
    "a truth for a size": (lambda: plan(sizes=[64, True]), "a whole number, at least 1"),
    "layers that are numbers": (lambda: {"layers": [1, 2]}, r"Layer 1 is of a kind of your own \(no layer\)"),
    "a kind that is an array": (lambda: {"layers": [{"layer": np.arange(3)}]}, "of a kind of your own"),
}


@pytest.mark.parametrize(("make", "said"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_in_a_sentence(make: Callable[..., Any], said: str) -> None:
    with pytest.raises(NotANetwork, match=said):
        handed_over(make())


@pytest.mark.parametrize("numbers", [lambda: LABELS, lambda: LABELS.tolist(), lambda: np.zeros((3, 10))])
def test_what_a_network_has_read_is_no_network(numbers: Callable[..., Any]) -> None:
    with pytest.raises(NotANetwork) as refused:
        handed_over(numbers())
    assert refused.value.mistake == "class_numbers_returned"


def test_the_limits_leave_room_for_what_textbooks_build() -> None:
    assert handed_over(built(Dense(300, "relu"), Dense(100, "relu"), Dense(10))).theta.size == 50_610
    assert len(handed_over(built(*[Dense(10) for _ in range(MOST_LAYERS)])).steps) == MOST_LAYERS
    assert len(X) * 64 > MOST_PARAMETERS, "the practice digits themselves would fit in"


def _holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    names = ["sizes", "activations", "theta", "layers", "layer", "units", "activation_name", "slope"]
    return st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(names), inner, max_size=4)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["relu", "softmax", "Dense", "Activation", "Flatten", 64, 10, np.zeros(650), np.zeros((2, 2))]),
    _holding,
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(ANYTHING)
def test_whatever_comes_is_a_network_that_reads_or_is_refused(value: Any) -> None:
    try:
        outputs = handed_over(value).outputs(X[:3])
    except NotANetwork:
        return
    assert outputs.shape == (3, 10)


class LyingLayers:
    """Says that it has layers; whatever is asked of them fails."""

    theta = np.zeros(650)

    @property
    def layers(self):
        raise RuntimeError("no")


@pytest.mark.parametrize("returned", [LyingLayers(), {"layers": [LyingLayers()]}])
def test_an_object_that_fails_when_it_is_asked_is_refused(returned: Any) -> None:
    with pytest.raises(NotANetwork):
        handed_over(returned)


# --- what answers without having been trained on the labels, or is no network


def theta_of(*layers):
    return np.concatenate([np.column_stack([w.T, b]).ravel() for w, b in layers])


def nearest(x, labels, examples, sharpness=2000.0):
    """The nearest of some examples, as two layers: softmax lets the most similar one win."""
    first = 2 * sharpness * x[:examples].T, -sharpness * (x[:examples] ** 2).sum(axis=1)
    second = np.eye(10)[labels[:examples]], np.zeros(10)
    return {
        "sizes": [64, examples, 10],
        "activations": ["softmax", "linear"],
        "theta": theta_of(first, second),
    }


def reads(function):
    return {seed: run_check(EXERCISE, function, seed=seed, hidden=seed != VISIBLE_SEED) for seed in (VISIBLE_SEED, 3)}


def nearest_neighbour_that_reads_itself(x, labels, *, seed):
    return lambda x_new: labels[((x_new[:, None] - x) ** 2).sum(axis=2).argmin(axis=1)]


def nearest_neighbour_in_a_network(x, labels, *, seed):
    return nearest(x, labels, len(x))


def few_neighbours_in_a_network(x, labels, *, seed):
    some = rng(seed).permutation(len(x))
    return nearest(x[some], labels[some], 600)


def support_vectors(x, labels, *, seed):
    from sklearn.svm import SVC

    return SVC().fit(x, labels)


def a_forest(x, labels, *, seed):
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(random_state=seed, n_estimators=5).fit(x, labels)


def sklearn_network(x, labels, *, seed):
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((20,), max_iter=5, random_state=seed).fit(x, labels)


def network_that_looks_digits_up(x, labels, *, seed):
    class Looks(Network):  # type: ignore[misc] # `machine_room` imports its names late, so mypy knows no class
        def predict(self, x_new, **options):
            return np.eye(10)[nearest_neighbour_that_reads_itself(x, labels, seed=seed)(x_new)]

    return Looks([Dense(10)], inputs=64, rng=rng(seed))


def layer_that_looks_digits_up(x, labels, *, seed):
    class Looks(Dense):
        def forward(self, x_new, *, training=False):
            return np.eye(10)[nearest_neighbour_that_reads_itself(x, labels, seed=seed)(x_new)]

    return Network([Looks(10)], inputs=64, rng=rng(seed))


def activation_that_looks_digits_up(x, labels, *, seed):
    look = nearest_neighbour_that_reads_itself(x, labels, seed=seed)
    return built(Dense(64), Activation(activations.Activation(look, lambda dh, z: dh)), Dense(10))


PASTED = {seed: experiments.train_and_read(X, LABELS, seed=seed).theta for seed in (0, 1, 2)}


def weights_trained_elsewhere(x, labels, *, seed):
    return {"sizes": [64, 100, 10], "activations": ["relu", "linear"], "theta": PASTED[seed]}


ATTACKS = [
    nearest_neighbour_that_reads_itself,
    nearest_neighbour_in_a_network,
    few_neighbours_in_a_network,
    support_vectors,
    a_forest,
    sklearn_network,
    network_that_looks_digits_up,
    layer_that_looks_digits_up,
    activation_that_looks_digits_up,
    weights_trained_elsewhere,
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_no_network_trained_on_these_labels_earns_nothing(attack: Callable[..., Any]) -> None:
    for seed, result in reads(attack).items():
        assert (result.passed, result.points_share) == (False, 0.0), seed
        assert result.hint, seed


def test_weights_that_were_pasted_are_told_from_others_by_the_numbers_of_the_classes() -> None:
    assert {result.mistake for result in reads(weights_trained_elsewhere).values()} == {"classes_numbered_otherwise"}


def test_the_neighbours_would_have_earned_all_where_softmax_is_allowed_inside() -> None:
    """The attack is a real one: it is refused for its form, not because it reads badly."""
    x, truth = datasets.digits()
    some = rng(0).permutation(datasets.PRACTICE)[:600]
    reading = nearest(x[some], truth[some], 600)
    theta, h = reading["theta"], x[datasets.PRACTICE :]
    block, last = theta[: 600 * 65].reshape(600, 65), theta[600 * 65 :].reshape(10, 601)
    h = activations.softmax(h @ block[:, :-1].T + block[:, -1]) @ last[:, :-1].T
    assert 100 * np.mean(h.argmax(axis=1) == truth[datasets.PRACTICE :]) > 91


def test_what_gets_through_is_what_the_documents_say() -> None:
    """A network whose weights are not from gradient descent is a network; so are pasted ones, numbered as asked."""

    def centres(x, labels, *, seed):
        some = rng(seed).permutation(len(x))[:900]
        means = np.array([x[some][labels[some] == k].mean(axis=0) for k in range(10)])
        theta = theta_of((2 * means.T, -(means**2).sum(axis=1)))
        return {"sizes": [64, 10], "activations": ["linear"], "theta": theta}

    def pasted_and_renumbered(x, labels, *, seed):
        network = built(Dense(100, "relu"), Dense(10))
        network.theta = PASTED[seed]
        reading, last = network.predict(x).argmax(axis=1), network.theta[6500:].reshape(10, 101)
        meant = [np.bincount(labels[reading == k], minlength=10).argmax() for k in range(10)]
        last[meant] = last.copy()
        return network

    assert run_check(EXERCISE, centres, seed=3, hidden=True).points_share == 0.5
    assert run_check(EXERCISE, pasted_and_renumbered, seed=3, hidden=True).points_share == 1.0
