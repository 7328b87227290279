"""Classifiers, one to a file on one base: any labels, weights, groups and devices."""

from sertools.models._kernel_ridge import KernelRidgeClassifier
from sertools.models._svm import SVMClassifier
from sertools.models._xgboost import XGBoostClassifier

__all__ = ["KernelRidgeClassifier", "SVMClassifier", "XGBoostClassifier"]
