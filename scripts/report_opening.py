"""How long Chromium takes to open reports: medians of five openings from an empty profile.

    python scripts/report_opening.py RUN.html ...

Told are the seconds until the page is loaded and laid out, as it finds itself, and those of the
whole process from its start to a picture of what is seen first.
"""

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OPENINGS = 5
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
TELL = """
<script>
addEventListener("load", () => {
  document.body.getBoundingClientRect();  // which lays it out
  document.documentElement.dataset.openedMs = performance.now();
});
</script>
"""


def opened_s(browser: str, page: Path) -> tuple[float, float]:
    """Seconds until ``page`` is laid out, and until Chromium has started, drawn it and ended."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "page.html"
        copy.write_text(page.read_text(encoding="utf-8") + TELL, encoding="utf-8")
        text = _run(browser, folder, "--dump-dom", copy)
        start = time.perf_counter()
        _run(browser, folder, f"--screenshot={folder}/page.png", page)
        whole_s = time.perf_counter() - start
    found = re.search('data-opened-ms="([0-9.]+)"', text)
    if not found:
        sys.exit(f"{page}: has not loaded")
    return float(found[1]) / 1e3, whole_s


def _run(browser: str, folder: str, task: str, page: Path) -> str:
    with tempfile.TemporaryDirectory(dir=folder) as profile:
        command = [browser, *FLAGS, f"--user-data-dir={profile}", task, page.resolve().as_uri()]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main() -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not browser or len(sys.argv) < 2:
        sys.exit(__doc__ if browser else "no Chromium; apt-get install chromium")
    for page in map(Path, sys.argv[1:]):
        found = [opened_s(browser, page) for _ in range(OPENINGS)]
        laid_out, whole = (statistics.median(seconds) for seconds in zip(*found, strict=True))
        size = page.stat().st_size / 1e6
        print(f"{page}: {size:.2f} MB, laid out in {laid_out:.2f} s, in all {whole:.2f} s")


if __name__ == "__main__":
    main()
