"""Write models into skops files and open them again, without ever running code that a file brings."""

from __future__ import annotations

import json
import warnings
import zipfile
from typing import Any

import skops.io
from sklearn.exceptions import InconsistentVersionWarning
from skops.io.exceptions import UnsupportedTypeException, UntrustedTypesFoundException

from fourstroke import FourstrokeWarning, StepError, StoreError
from fourstroke_sklearn.canonical import canonical_skops
from fourstroke_sklearn.trees import check_trees
from fourstroke_sklearn.trusted import TRUSTED, refuse_untrusted


def model_to_bytes(model: Any) -> bytes:
    """Write a model, and make sure that it can be opened and is the same then.

    Raises
    ------
    StepError
        If the model is made of something that no file may bring, or does not come back as it was.
    """
    name = type(model).__name__
    content = dumped(model)
    refuse_untrusted(content, name)
    again = dumped(model_from_bytes(content))
    if again != content:
        raise StepError(f"{name} does not come back as it was when it is stored and loaded")
    return content


def model_from_bytes(content: bytes) -> Any:
    """Open a model.

    Raises
    ------
    StoreError
        If the content is no model, or holds a type that is not on this plugin's own list.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", InconsistentVersionWarning)
        try:
            model = _loaded(content)
        except InconsistentVersionWarning as warning:
            made_with = warning.original_sklearn_version
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            model = _loaded(content)
        else:
            made_with = ""
    if made_with:
        warnings.warn(
            f"the model was made with scikit-learn {made_with}, and another version is installed:"
            " it may predict something else; train it again",
            FourstrokeWarning,
            stacklevel=2,
        )
    check_trees(model)
    return model


def dumped(model: Any) -> bytes:
    """Write a model in canonical form, safe or not.

    Raises
    ------
    StepError
        If skops has no way to write a part of it.
    """
    try:
        return canonical_skops(skops.io.dumps(model))
    except (UnsupportedTypeException, TypeError, AttributeError, RecursionError) as error:
        raise StepError(
            f"{type(model).__name__} cannot be written as a model that is safe to open: {error}"
        ) from error


def _loaded(content: bytes) -> Any:
    try:
        return skops.io.loads(content, trusted=list(TRUSTED))
    except UntrustedTypesFoundException as error:
        raise StoreError(f"a model file brings types that are not allowed: {error}") from error
    except (zipfile.BadZipFile, json.JSONDecodeError, KeyError, ValueError, EOFError) as error:
        raise StoreError(f"a model file is damaged: {error}") from error
