"""What a page hears: the loudest note of a stream, found in the page itself."""

from __future__ import annotations

from typing import Final

from playwright.async_api import Page

LOUDEST: Final = """
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
      if (bins[best] > -50) return hertz; // decibels: louder than any noise of a codec
      if (performance.now() > until) return 0;
    }
  } finally {
    await context.close();
  }
}
"""


async def loudest(page: Page, find: str) -> float:
    """Return the loudest note, in hertz, of the stream that `find` gives; 0 if it is silent."""
    hertz: float = await page.evaluate(f"({LOUDEST})({find})")
    return hertz
