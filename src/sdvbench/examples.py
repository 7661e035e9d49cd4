"""Examples at the end of a command's --help."""

import argparse


def show_examples(parser: argparse.ArgumentParser, *examples: str) -> None:
    """``examples``: whole command lines that a user could type."""
    assert all(example.split()[0] == "sdvbench" for example in examples)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    title = "examples" if len(examples) > 1 else "example"
    parser.epilog = f"{title}:\n" + "\n".join(f"  {example}" for example in examples)
