"""From a slider's move to the new picture: in the kernel, and in a real JupyterLab in Chromium.

`python -m benchmarks.sliders` prints the table; names of pictures as arguments measure those alone.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np

from benchmarks.table import Table
from machine_room import explore
from machine_room.explore import gallery
from machine_room.explore.canvas import MOVING
from machine_room.explore.controls import Slider
from machine_room.explore.explorer import Explorer
from tools.lab_page import LabPage, Picture, chromium, laboratory

MOVES = 200
WARM_UP = 10
KERNEL_MS, BROWSER_MS = 16, 50

#: Between two keys, so that they fall anywhere in a frame.
PAUSE_SECONDS = 0.02, 0.05
#: How long and how fast a slider is dragged.
DRAG_SECONDS, STEPS_PER_SECOND = 3.0, 60

#: In the page: from the key that moves the slider to the frame in which the new picture stands. What is sharper is the
#: picture of a slider at rest.
_WATCH = """(image, width) => {
    window.pressed = null;
    window.seen = [];
    window.wake = () => {};
    document.addEventListener('keydown', event => { window.pressed = event.timeStamp; }, true);
    image.addEventListener('load', () => requestAnimationFrame(() => {
        const painted = new MessageChannel();
        painted.port1.onmessage = () => {
            if (image.naturalWidth === width) {
                window.seen.push(performance.now() - window.pressed);
                window.wake();
            }
        };
        painted.port2.postMessage(null);
    }));
}"""
#: In the page: drags a handle to and fro, and counts the frames in which another picture stands than in the one before.
_DRAG = """async ([handle, image, steps, perSecond, seconds]) => {
    const track = handle.closest('.noUi-base').getBoundingClientRect(), dot = handle.getBoundingClientRect();
    const root = handle.ownerDocument.documentElement;
    const send = (type, target, x) => target.dispatchEvent(new MouseEvent(type, {
        bubbles: true, cancelable: true, buttons: type === 'mouseup' ? 0 : 1, clientX: x,
        clientY: dot.y + dot.height / 2,
    }));
    let loaded = false, seen = 0, dragging = true;
    image.addEventListener('load', () => { loaded = true; });
    const frame = () => {
        seen += loaded;
        loaded = false;
        if (dragging) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    send('mousedown', handle.firstElementChild, dot.x + dot.width / 2);
    const began = performance.now();
    let step = 0;
    while (performance.now() - began < 1000 * seconds) {
        const lap = Math.floor(step / steps), along = step % steps;
        send('mousemove', root, track.x + track.width * (lap % 2 ? steps - along : along) / steps);
        step += 1;
        const wait = began + 1000 * step / perSecond - performance.now();
        await new Promise(resolve => setTimeout(resolve, Math.max(wait, 0)));
    }
    dragging = false;
    send('mouseup', root, track.x);
    return 1000 * seen / (performance.now() - began);
}"""
_SEEN = "count => window.seen.length > count || new Promise(resolve => { window.wake = resolve; })"


def table(names: Sequence[str] = ()) -> Table:
    """Measure every picture that does not train, or those named."""
    pictures = {name: getattr(explore, name)() for name in names or sorted(gallery.pictures())}
    moving = {name: picture for name, picture in pictures.items() if picture.progress is None}
    rows = []
    browser = in_browser(moving)
    for name, picture in moving.items():
        page = browser[name]
        times = (*_middle_and_high(in_kernel(picture)), *_middle_and_high(page.times))
        rows.append((name, *(f"{value:.1f}" for value in times), f"{page.pictures_per_second:.0f}"))
    notes = [
        f"Milliseconds over {MOVES} moves of a slider, median and 95th percentile.",
        "Kernel: from the value that was moved to the PNG.",
        "Browser: from the key pressed on a slider in JupyterLab to the frame that shows the new picture.",
        f"Aim for the 95th percentile: {KERNEL_MS} ms in the kernel, {BROWSER_MS} ms in the browser.",
        f"A second: pictures seen while a slider is dragged over {STEPS_PER_SECOND} steps a second.",
    ]
    return Table("Sliders", ("picture", "kernel", "95 %", "browser", "95 %", "a second"), rows, notes)


def in_kernel(picture: Explorer) -> np.ndarray:
    """Return the milliseconds of MOVES pictures, each of one slider moved to a random place."""
    picture._repr_mimebundle_()
    rng = np.random.default_rng(0)
    sliders = [control for control in picture.controls if isinstance(control, Slider)]
    times = []
    for move in range(WARM_UP + MOVES):
        slider = sliders[move % len(sliders)]
        way = rng.uniform(size=1)[0]
        low, high = _ends(slider)
        value = slider.nearest(10 ** (low + way * (high - low)) if slider.logarithmic else low + way * (high - low))
        began = time.perf_counter()
        picture.move(**{slider.name: value})
        times.append(1000 * (time.perf_counter() - began))
    return np.array(times[WARM_UP:])


class InBrowser(NamedTuple):
    """What one picture does in the browser."""

    times: np.ndarray
    """Milliseconds from each of MOVES keys to the frame that shows the new picture."""
    pictures_per_second: float
    """While its slider is dragged."""


def in_browser(pictures: Mapping[str, Explorer]) -> dict[str, InBrowser]:
    """Measure every picture, one after the other, in one JupyterLab."""
    with TemporaryDirectory() as folder, chromium() as browser:
        (Path(folder) / "pictures.ipynb").write_text(_notebook(list(pictures)))
        with laboratory(Path(folder)) as lab, lab.open(browser, "pictures.ipynb") as page:
            return {name: _measured(page, place, picture) for place, (name, picture) in enumerate(pictures.items())}


def _measured(page: LabPage, place: int, explorer: Explorer) -> InBrowser:
    page.run(place)
    picture = page.picture(place)
    sliders = sorted((each for each in explorer.controls if isinstance(each, Slider)), key=lambda each: each.column)
    times = _keys(page, picture, round(MOVING * explorer.canvas.size[0]))
    return InBrowser(times, _drag(picture, _steps(sliders[0])))


def _ends(slider: Slider) -> tuple[float, float]:
    """Return where a slider begins and ends, in its steps' unit: decades where it is logarithmic."""
    ends = np.array([slider.low, slider.high])
    low, high = (np.log10(ends) if slider.logarithmic else ends).tolist()
    return low, high


def _steps(slider: Slider) -> int:
    """Return how many steps there are from one end of a slider to the other."""
    low, high = _ends(slider)
    return round((high - low) / slider.step)


def _keys(page: LabPage, picture: Picture, width: int) -> np.ndarray:
    picture.image.evaluate(_WATCH, width)
    handle = picture.handles()[0]
    low, now, high = (float(handle.get_attribute(f"aria-value{end}") or 0) for end in ("min", "now", "max"))
    # Five steps away from the nearer end, five back: at an end a key would change nothing.
    away, back = ("ArrowRight", "ArrowLeft") if now - low < high - now else ("ArrowLeft", "ArrowRight")
    handle.focus()
    rng = np.random.default_rng(0)
    for move in range(WARM_UP + MOVES):
        page.page.keyboard.press(away if move % 10 < 5 else back)
        page.page.evaluate(_SEEN, move)
        time.sleep(rng.uniform(*PAUSE_SECONDS))
    return np.array(page.page.evaluate("window.seen")[WARM_UP:])


def _drag(picture: Picture, steps: int) -> float:
    """Return how many pictures a second are seen while the first slider is dragged to and fro."""
    picture.pixels()  # sharp again: at rest
    handle, image = picture.handles()[0].element_handle(), picture.image.element_handle()
    return float(picture.image.page.evaluate(_DRAG, [handle, image, steps, STEPS_PER_SECOND, DRAG_SECONDS]))


def _notebook(names: Sequence[str]) -> str:
    cells: list[dict[str, object]] = [
        {"cell_type": "code", "id": name.replace("_", "-"), "metadata": {}, "outputs": [], "execution_count": None,
         "source": f"from machine_room import explore\nexplore.{name}()"}
        for name in names
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return json.dumps({"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5})


def _middle_and_high(times: np.ndarray) -> tuple[float, float]:
    return float(np.median(times)), float(np.percentile(times, 95))


def main() -> None:
    print(table(sys.argv[1:]).text())


if __name__ == "__main__":
    main()
