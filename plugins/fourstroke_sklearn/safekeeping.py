"""Write models into skops files and open them again, without running code that a file brings."""

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
from fourstroke_sklearn.trusted import ALLOWED_IN_WORDS, TRUSTED, refuse_untrusted


def model_to_bytes(model: Any) -> bytes:
    """Write a model, and make sure that it can be opened and is the same then.

    Returns
    -------
    bytes
        Equal for equal models, in every process with the same versions of the libraries.

    Raises
    ------
    StepError
        If the model is made of something that no file may bring, or does not come back as it was.
    """
    content = _written(model)
    refuse_untrusted(content, model)
    if _written(model_from_bytes(content)) != content:
        raise StepError(f"{type(model).__name__} is not the same once it was stored and loaded")
    return content


def model_from_bytes(content: bytes) -> Any:
    """Open a model.

    Raises
    ------
    StoreError
        If the content is no model, is damaged, or holds a type that is not on this plugin's list.
    """
    with warnings.catch_warnings(record=True) as caught:
        # That an estimator is deprecated was told when it was trained.
        warnings.simplefilter("always")
        model = _loaded(content)
    check_trees(model)
    _tell_version(caught)
    return model


def refuse_unsafe(estimator: Any) -> None:
    """Make sure, before any time is spent on fitting, that an estimator can be kept.

    Raises
    ------
    StepError
        If it is made of something that no file may bring.
    """
    refuse_untrusted(_written(estimator), estimator)


def _written(model: Any) -> bytes:
    try:
        return canonical_skops(skops.io.dumps(model))
    except (UnsupportedTypeException, TypeError, AttributeError, RecursionError) as error:
        raise StepError(
            f"{type(model).__name__} cannot be kept in a file that is safe to open: {error}",
            hint=ALLOWED_IN_WORDS,
        ) from error


def _loaded(content: bytes) -> Any:
    try:
        return skops.io.loads(content, trusted=list(TRUSTED))
    except UntrustedTypesFoundException as error:
        raise StoreError(
            f"a model file brings what is not allowed: {str(error).splitlines()[0]}",
            hint="do not use this model, and find out where its file comes from",
        ) from error
    except (zipfile.BadZipFile, json.JSONDecodeError, LookupError, ValueError, EOFError) as error:
        raise StoreError(f"a model file is damaged: {error}") from error


def _tell_version(caught: list[warnings.WarningMessage]) -> None:
    for item in caught:
        if isinstance(item.message, InconsistentVersionWarning):
            made_with = item.message.original_sklearn_version
            warnings.warn(
                f"the model was made with scikit-learn {made_with}, and another version is"
                " installed: it may predict something else; train it again",
                FourstrokeWarning,
                stacklevel=3,
            )
            return
