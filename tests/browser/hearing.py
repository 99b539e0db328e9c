"""What a page hears, the notes of a stream, and what is heard of it: found in the page itself."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from playwright.async_api import Page

LOUD: Final = -50.0
"""Decibels: louder than any noise of a codec."""

COUNTING: Final = """
window.sounding = 0;
for (const [name, more] of [['start', 1], ['stop', -1]]) {
  const before = AudioBufferSourceNode.prototype[name];
  AudioBufferSourceNode.prototype[name] = function () {
    window.sounding += more;
    return before.call(this);
  };
}
"""
"""Has a page count what it lets sound by itself, such as a ring; for its beginning."""

_LOUDEST: Final = """
async (find) => {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(await find()).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const until = performance.now() + 5000;
  try {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      analyser.getFloatFrequencyData(bins);
      const best = bins.indexOf(Math.max(...bins));
      const hertz = (best * context.sampleRate) / analyser.fftSize;
      if (bins[best] > LOUD) return hertz;
      if (performance.now() > until) return 0;
    }
  } finally {
    await context.close();
  }
}
""".replace("LOUD", str(LOUD))

_LEVELS: Final = """
async (find, notes) => {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(await find()).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const loudest = notes.map(() => -1000);
  for (let n = 0; n < 10; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    analyser.getFloatFrequencyData(bins);
    notes.forEach((hertz, at) => {
      const bin = Math.round((hertz * analyser.fftSize) / context.sampleRate);
      loudest[at] = Math.max(loudest[at], ...bins.slice(bin - 1, bin + 2));
    });
  }
  await context.close();
  return loudest;
}
"""


async def loudest(page: Page, find: str) -> float:
    """Return the loudest note, in hertz, of the stream that `find` gives; 0 if it is silent."""
    hertz: float = await page.evaluate(f"({_LOUDEST})({find})")
    return hertz


async def levels(page: Page, find: str, notes: Collection[int]) -> dict[int, float]:
    """Return how loud each of `notes`, in hertz, was in half a second, in decibels."""
    loud: list[float] = await page.evaluate(f"(notes) => ({_LEVELS})({find}, notes)", list(notes))
    return dict(zip(notes, loud, strict=True))


async def sounds(page: Page, count: int) -> None:
    """Wait until so many rings sound in a page that counts them."""
    await page.wait_for_function("(count) => window.sounding === count", arg=count)
