"""The page in a real browser, without a window: it says itself what it looks like.

A copy of it gets a script that tells what it found to the page around it, whose text Chromium
prints: the page is in a frame, since Chromium's own window is never narrower than 500 pixels.
"""

import json
import re
import shutil
import subprocess
from html import unescape

import pytest

from sdvbench.report.html import html
from tests.report.made_up import driving, everything

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    *("--enable-logging=stderr", "--hide-scrollbars", "--virtual-time-budget=5000"),
)
LOOK = """
<script>
addEventListener("load", () => {
  document.querySelectorAll("details").forEach((details) => { details.open = true; });
  const clipped = (e) => e.closest("[clip-path]") ||  // what is beyond is not drawn
    (e.tagName === "g" && e.querySelector("[clip-path]"));
  const wide = (e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".scroll")
    && !clipped(e);
  const name = (e) => `${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`;
  const channels = (colour) => colour.match(/[0-9.]+/g).slice(0, 3).map((c) => {
    c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
  const light = (c) => { const [r, g, b] = channels(c); return 0.2126*r + 0.7152*g + 0.0722*b; };
  const contrast = (e) => {
    const [a, b] = [getComputedStyle(e).color, getComputedStyle(document.body).backgroundColor]
      .map(light).sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05); };
  const texts = [...document.querySelectorAll("p, li, td, th, dd, dt, figcaption, .badge")];
  const drawn = [...document.querySelectorAll("figure svg text")];
  const found = {
    inner: innerWidth, page: document.documentElement.scrollWidth,
    wide: [...document.querySelectorAll("body *")].filter(wide).slice(0, 3).map(name),
    requests: performance.getEntriesByType("resource").map((entry) => entry.name),
    ground: getComputedStyle(document.body).backgroundColor,
    text_px: Math.min(...texts.map((e) => parseFloat(getComputedStyle(e).fontSize))),
    drawn_px: Math.min(...drawn.map((e) => e.getBoundingClientRect().height)),
    pale: texts.filter((e) => contrast(e) < 4.5).slice(0, 3).map(name),
    named: [...document.querySelectorAll("figure svg")].every((e) => e.querySelector("title")),
    cut: drawn.filter((e) => {
      const [a, b] = [e.getBoundingClientRect(), e.closest("svg").getBoundingClientRect()];
      return a.left < b.left - 1 || a.right > b.right + 1 || a.top < b.top - 1; }).map(name),
  };
  parent.postMessage(JSON.stringify(found), "*");
});
</script>
"""
AROUND = """
<script>
addEventListener("message", (message) => {{
  const told = document.createElement("pre");
  told.id = "found";
  told.textContent = message.data;
  document.body.append(told);
}});
</script>
<iframe src="{page}" width="{width}" height="800" frameborder="0"></iframe>
"""


@pytest.fixture(scope="session")
def browser():
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip("no Chromium to look at the report with; to enable: apt-get install chromium")
    return found


@pytest.fixture(scope="session", params=[everything, driving], ids=["everything", "driving"])
def page(tmp_path_factory, request):
    file = tmp_path_factory.mktemp("page") / "run.html"
    file.write_text(
        html(request.param(), []).replace("</body>", f"{LOOK}</body>"), encoding="utf-8"
    )
    return file


@pytest.fixture(params=["light", "dark"])
def scheme(request):
    return request.param


@pytest.fixture(params=[390, 1400])
def width(request):
    return request.param


@pytest.fixture
def seen(browser, page, scheme, width, tmp_path):
    """What the page found of itself at this width and in this scheme, and Chromium's log."""
    around = page.with_name(f"{width}.html")
    around.write_text(AROUND.format(page=page.name, width=width), encoding="utf-8")
    dark = f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}"
    window = ("--window-size=1500,900", f"--user-data-dir={tmp_path / 'profile'}", dark)
    ran = subprocess.run(
        [browser, *FLAGS, *window, "--dump-dom", around.as_uri()],
        capture_output=True,
        text=True,
        timeout=1800,  # a hang, not a busy machine
        check=True,
    )
    told = re.search('<pre id="found">(.*?)</pre>', ran.stdout, re.DOTALL)
    assert told, ran.stderr
    return json.loads(unescape(told[1])), ran.stderr


def test_it_can_be_read(seen, scheme, width):
    found, log = seen
    assert found["inner"] == width
    assert "CONSOLE" not in log
    assert found["requests"] == []
    assert (found["ground"] == "rgb(255, 255, 255)") == (scheme == "light")
    # Nothing scrolls sideways but tables in their boxes, and nothing is drawn beyond a picture.
    assert (found["page"], found["wide"], found["cut"]) == (width, [], [])
    assert found["text_px"] >= 16
    assert found["drawn_px"] >= 10
    assert found["pale"] == []  # WCAG's contrast for text, 4.5 to 1
    assert found["named"]
