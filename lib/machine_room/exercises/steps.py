"""Where the library computes the optimizers' steps: what two sections ask for, and grading therefore withholds."""

__all__ = ["DESCENT", "FASTER"]

#: Gradient descent: the exercise of section 1, which section 3 gives.
DESCENT = (
    "optimizers.descent.gradient_descent_step",
    "optimizers.descent.gradient_descent_in_place",
    "optimizers.descent.SGD.apply",
)
#: Every other step. With a suitable state each of them is gradient descent too: momentum from `m = 0`, AdaGrad from
#: `s = 1 - gradient**2`.
FASTER = tuple(
    f"optimizers.{module}.{name}"
    for module, names in {
        "optimizer": "Optimizer.update",
        "descent": "momentum_in_place momentum_step Momentum.apply nesterov_lookahead nesterov_step "
        "Nesterov.lookahead Nesterov.apply SGD.lookahead",
        "adaptive": "adagrad_in_place adagrad_step AdaGrad.apply rmsprop_in_place rmsprop_step RMSProp.apply "
        "root_in_place",
        "moments": "average_in_place first_moment average_squares_in_place second_moment bias_correction "
        "corrected_root descend_in_place",
        "first_step": "first_step_length",
        "scheduled": "scheduled_descent",
        "adam": "adam_in_place adam_step Adam.apply",
        "nadam": "nadam_in_place nadam_step nadam_weights Nadam.apply",
        "adamw": "weight_decay_in_place weight_decay_step adamw_step AdamW.apply",
    }.items()
    for name in names.split()
)
