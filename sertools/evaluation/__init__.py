"""Evaluation that tells the truth: protocols, published results, scores, and audits of splits."""

from sertools.evaluation._anchors import Anchor, anchors
from sertools.evaluation._audit import SplitAudit, audit_split
from sertools.evaluation._cross import evaluate_cross
from sertools.evaluation._evaluate import evaluate
from sertools.evaluation._evaluation import Evaluation
from sertools.evaluation._leak_tax import leak_tax
from sertools.evaluation._metrics import clustered_interval, uar_score, uar_scorer
from sertools.evaluation._protocols import Protocol, find_protocol, protocol
from sertools.evaluation._stress import StressReport, stress

__all__ = [
    "Anchor",
    "Evaluation",
    "Protocol",
    "SplitAudit",
    "StressReport",
    "anchors",
    "audit_split",
    "clustered_interval",
    "evaluate",
    "evaluate_cross",
    "find_protocol",
    "leak_tax",
    "protocol",
    "stress",
    "uar_score",
    "uar_scorer",
]
