"""Classifiers, one to a file on one base: any labels, weights, groups and devices."""

from sertools.models._cnn import CNNClassifier
from sertools.models._kernel_ridge import KernelRidgeClassifier
from sertools.models._mlp import MLPClassifier
from sertools.models._rnn import CRNNClassifier, RNNClassifier
from sertools.models._svm import SVMClassifier
from sertools.models._xgboost import XGBoostClassifier

__all__ = [
    "CNNClassifier",
    "CRNNClassifier",
    "KernelRidgeClassifier",
    "MLPClassifier",
    "RNNClassifier",
    "SVMClassifier",
    "XGBoostClassifier",
]
