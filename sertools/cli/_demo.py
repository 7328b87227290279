"""sertools demo: the other commands on synthetic voices, as one would type them."""

from __future__ import annotations

import os
import shlex
import tempfile
from contextlib import AbstractContextManager, chdir, nullcontext

import click

from sertools.cli._say import debug_option, is_debugging

__all__ = ["demo"]

_VOICES = "voices"
_NEW_VOICE = "new_voice.wav"
_MODEL = "voices.ser"

# Enough speakers for an interval that means something, and few enough clips for some seconds.
_SPEAKERS = 10
_CLIPS = 12
_RATE = 16000

_STEPS = (
    ("What is there? A folder of a known corpus needs no more words.",
     ["corpus", "describe", _VOICES]),
    ("Are there copies, silence or damage among the recordings?",
     ["corpus", "check", _VOICES]),
    ("Train. First the model is scored by speakers that are held out, and this score is of voices "
     "it has never heard.",
     ["train", _VOICES, "-o", _MODEL]),
    ("The file tells what it is and what it is worth, to whomever it is given.",
     ["card", _MODEL]),
    ("Use it on a voice that is in none of the recordings, and is angry.",
     ["predict", _MODEL, _NEW_VOICE]),
)  # fmt: skip


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=str),
    metavar="DIR",
    help="A new folder, where recordings and model are left; without it they go away again.",
)
@debug_option
@click.pass_context
def demo(ctx: click.Context, folder: str | None) -> None:
    """Show all of it in under a minute, on synthetic voices.

    Every step is shown with the command that does the same with your own recordings.

    \b
    Example:
      sertools demo --folder tried
    """
    from sertools.cli._main import main

    with _place(folder) as place:
        click.echo(f"Synthetic voices are written to {place}, as recordings of RAVDESS would be.")
        _write_voices(place)
        click.echo(f"\n$ cd {shlex.quote(place)}")
        with chdir(place):
            for words, arguments in _STEPS:
                click.echo(f"\n{words}\n\n$ {shlex.join(['sertools', *arguments])}")
                debug = ["--debug"] if is_debugging() else []
                code = main.main([*arguments, *debug], "sertools", standalone_mode=False)
                if code:
                    ctx.exit(code)
        if folder is not None:
            click.echo(f"\nAll of it is in {folder}.")


def _place(folder: str | None) -> AbstractContextManager[str]:
    """The folder to work in, which goes away again if nobody named one."""
    if folder is None:
        return tempfile.TemporaryDirectory(prefix="sertools-demo-")
    try:
        os.makedirs(folder)
    except FileExistsError as error:
        raise click.ClickException(
            f"{folder!r} is there already: name a folder that is to be made."
        ) from error
    return nullcontext(folder)


def _write_voices(place: str) -> None:
    """Write the recordings of all speakers but the last, and one of that one."""
    from sertools import audio, make_corpus, write_corpus

    corpus = make_corpus(_SPEAKERS + 1, _CLIPS, ("angry", "happy", "neutral", "sad"), sr=_RATE)
    speakers = corpus.frame["speaker"]
    is_new = speakers == speakers.iloc[-1]
    write_corpus(corpus.select(~is_new), os.path.join(place, _VOICES), layout="ravdess")
    new = corpus.select(is_new).select(emotion="angry")
    audio.write(os.path.join(place, _NEW_VOICE), new.X[0], _RATE)
