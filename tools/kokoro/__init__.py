"""Makes the statistics tables that let Kokoro be streamed below the sentence, and judges the result."""
