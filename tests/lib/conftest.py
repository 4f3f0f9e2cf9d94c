"""Collects the comparison with PyTorch where PyTorch is installed, and always in CI, where its absence must show."""

import os
from importlib.util import find_spec

collect_ignore = [] if find_spec("torch") or os.environ.get("CI") else ["test_parity_torch.py"]
