"""sertools extract."""

from __future__ import annotations

import importlib.util
from typing import Any

import click

from sertools.cli._data import recordings
from sertools.cli._options import data_argument, features_option, output_path, work_options
from sertools.cli._output import refuse_output, whole
from sertools.cli._say import note, say
from sertools.cli._training import fitted, made
from sertools.cli._work import SOME_UNREADABLE, each_of, in_threads

__all__ = ["extract"]

_SUFFIXES = (".csv", ".parquet")


@click.command()
@data_argument(nargs=-1, required=True)
@click.option("-o", "--output", type=output_path, required=True, help="A .csv or .parquet file.")
@features_option
@work_options
def extract(
    data: tuple[str, ...],
    output: str,
    features: str | None,
    device: str | None,
    n_jobs: int,
    cache: str | None,
    force: bool,
    **how: str | None,
) -> None:
    """Write the features of recordings as a table, a row for each.

    DATA may also be audio files, or folders of them without labels. The columns are path; emotion
    and speaker where they are known; and the features by name, compact if nothing else is asked
    for. Silence is trimmed first. Large sets are better written as Parquet. Interrupt it as you
    like: the same command goes on where it was.

    \b
    Example:
      sertools extract recordings/ -o features.csv --features mfcc,pitch
    """
    _refuse_format(output)
    refuse_output(output, force=force)
    # What the plain models begin with, so that these find the features ready.
    front = fitted(made("svm", features, device, cache)[0])
    table = recordings(data, **how)
    rows, failures, remembered = [], {}, 0

    def work(paths: Any) -> Any:
        nonlocal remembered
        found = front.transform(list(paths))
        remembered += front.hits_
        return found

    with in_threads(n_jobs):
        for path, row in each_of(work, table["path"].to_list(), "Extracting"):
            if isinstance(row, OSError):
                failures[path] = row
            else:
                rows.append(row)
    for failure in failures.values():
        say(f"Left out: {failure}")
    if not rows:
        raise click.ClickException(f"None of the {len(table)} recordings can be read.")
    _write(output, table[~table["path"].isin(list(failures))], rows, front.get_feature_names_out())
    note(
        f"{output}: {len(rows)} rows of {len(rows[0])} features, {remembered} of them remembered "
        "from before."
    )
    if failures:
        click.get_current_context().exit(SOME_UNREADABLE)


def _refuse_format(output: str) -> None:
    """Refuse a file of another format, or one that nothing here can write."""
    if not output.lower().endswith(_SUFFIXES):
        raise click.BadParameter(
            f"{output!r} has another ending than {' or '.join(_SUFFIXES)}.", param_hint="--output"
        )
    if output.lower().endswith(".parquet") and importlib.util.find_spec("pyarrow") is None:
        raise click.ClickException(
            f"{output!r} needs a writer of Parquet: pip install pyarrow, or write a .csv."
        )


def _write(output: str, table: Any, rows: list[Any], names: Any) -> None:
    """Write paths, labels and features ``(n_features,)`` of each recording."""
    import numpy as np
    import pandas as pd

    features = pd.DataFrame(np.stack(rows), columns=names)
    whole_table = pd.concat([table.reset_index(drop=True), features], axis=1)
    with whole(output) as aside:
        if output.lower().endswith(".csv"):
            # The names of files are bytes, and may be no text.
            whole_table.to_csv(aside, index=False, errors="surrogateescape")
        else:
            whole_table.to_parquet(aside, index=False)
