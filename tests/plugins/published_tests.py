"""Three tests of 43 patients, as published, to compare areas under the curve with known results.

E. R. DeLong, D. M. DeLong, D. L. Clarke-Pearson (1988), Comparing the areas under two or more correlated
receiver operating characteristic curves: a nonparametric approach, Biometrics 44. The table, without six
patients of whom a test is missing, and the results are printed in the SAS/STAT User's Guide, LOGISTIC
Procedure, example Comparing Receiver Operating Characteristic Curves.
"""

from __future__ import annotations

import numpy as np

# Albumin, total protein, 10 less the K-G score, and whether surgery helped.
_ROWS = """
3.0 5.8 10 0, 3.2 6.3 5 1, 3.9 6.8 3 1, 2.8 4.8 6 0, 3.2 5.8 3 1, 0.9 4.0 5 0, 2.5 5.7 8 0,
1.6 5.6 5 1, 3.8 5.7 5 1, 3.7 6.7 6 1, 3.2 5.4 4 1, 3.8 6.6 6 1, 4.1 6.6 5 1, 3.6 5.7 5 1,
4.3 7.0 4 1, 3.6 6.7 4 0, 2.3 4.4 6 1, 4.2 7.6 4 0, 4.0 6.6 6 0, 3.5 5.8 6 1, 3.8 6.8 7 1,
3.0 4.7 8 0, 4.5 7.4 5 1, 3.7 7.4 5 1, 3.1 6.6 6 1, 4.1 8.2 6 1, 4.3 7.0 5 1, 4.3 6.5 4 1,
3.2 5.1 5 1, 2.6 4.7 6 1, 3.3 6.8 6 0, 1.7 4.0 7 0, 3.7 6.1 5 1, 3.3 6.3 7 1, 4.2 7.7 6 1,
3.5 6.2 5 1, 2.9 5.7 9 0, 2.1 4.8 7 1, 2.8 6.2 8 0, 4.0 7.0 7 1, 3.3 5.7 6 1, 3.7 6.9 5 1,
3.6 6.6 5 1
"""
_TABLE = np.array([row.split() for row in _ROWS.replace("\n", " ").split(",")], dtype=float)
POSITIVE = _TABLE[:, 3] == 1
TESTS = {"albumin": _TABLE[:, 0], "protein": _TABLE[:, 1], "kg": 10 - _TABLE[:, 2]}
# Area and its standard error.
AREAS = {"albumin": (0.7366, 0.0927), "kg": (0.7258, 0.1028), "protein": (0.6478, 0.1000)}
# Less the K-G score: difference and its standard error.
DIFFERENCES = {"albumin": (0.0108, 0.0953), "protein": (-0.0780, 0.1046)}
