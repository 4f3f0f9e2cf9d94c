"""Write the digits that ship with the library, from scikit-learn's copy: python -m tools.make_digits."""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

TARGET = Path(__file__).parents[1] / "lib" / "machine_room" / "data" / "digits.npz"


def main() -> None:
    images, labels = load_digits(return_X_y=True)
    np.savez_compressed(TARGET, images=images.astype(np.uint8), labels=labels.astype(np.uint8))


if __name__ == "__main__":
    main()
