"""Train mms-mini in three stages, each started alone and each going on from a state file.

``distil``  the convolutions learn to compute log-mel frames (no labels needed);
``trunk``   the rest learns to transcribe while the convolutions are frozen;
``joint``   everything learns but the first two convolutions.

New shards are taken in while it runs, and the checkpoint is written every few minutes.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from pathlib import Path

import jiwer
import torch
from torch import nn

from tools.mini import phones
from tools.mini.augment import Augmenter, Batch, normalise
from tools.mini.checkpoint import LANGUAGES, SAMPLE_RATE, decode
from tools.mini.clip import Clip
from tools.mini.corpus import Corpus
from tools.mini.evaluate import Sample, read_samples
from tools.mini.exchange import exchange
from tools.mini.student import Student

EMA_DECAY = 0.998
SAVE_EVERY = 240.0
GENTLE_SECONDS = 3.5
FROZEN = {"trunk": 7, "joint": 2}
"""Convolutions that do not learn: all, or the two that run at the highest rates."""
CLIP_NORM = 1.0
PHONE_WEIGHT = 0.5
MEET_EVERY = 10
"""Steps between two meetings of processes that train together."""
CHECK_PHRASES = 48


def ctc(logits: torch.Tensor, frames: torch.Tensor, clips: list[Clip]) -> torch.Tensor:
    """Return the CTC loss, averaged over labels and then clips."""
    labels = torch.cat([torch.tensor(clip.labels) for clip in clips])
    sizes = torch.tensor([len(clip.labels) for clip in clips])
    scores = logits.log_softmax(-1).transpose(0, 1)
    return nn.functional.ctc_loss(scores, labels, frames, sizes, zero_infinity=True)


def rate(done: float, warmth: float, peak: float, final: float) -> float:
    """Return the learning rate: a short rise, then half a cosine down to ``final * peak``."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(done, 1.0)))
    return peak * min(1.0, warmth) * (final + (1 - final) * cosine)


def optimisers(student: Student, peak: float) -> list[torch.optim.Optimizer]:
    """Return Muon for the square-ish matrices of the transformer, AdamW for everything else.

    Muon: Jordan et al. 2024; its steps are scaled to the size of AdamW's (Moonshot 2025).
    """
    named = dict(student.named_parameters())
    matrices = [p for name, p in named.items() if ".encoder.layers." in name and p.ndim == 2]
    chosen = {id(p) for p in matrices}
    others = [p for p in named.values() if id(p) not in chosen]
    return [
        torch.optim.Muon(matrices, lr=peak, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, lr=peak, betas=(0.9, 0.98), weight_decay=0.01),
    ]


class Average:
    """A slowly moving average of the weights; it is what is saved and judged."""

    def __init__(self, student: Student) -> None:
        self.student = student
        self.parameters = list(student.parameters())
        self.shadow = [p.detach().clone() for p in self.parameters]
        self.steps = 0

    @torch.no_grad()
    def update(self) -> None:
        """Move towards the present weights."""
        self.steps += 1
        weight = 1 - min(EMA_DECAY, (1 + self.steps) / (10 + self.steps))
        torch._foreach_lerp_(self.shadow, self.parameters, weight)

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the average and the present weights."""
        for parameter, shadow in zip(self.parameters, self.shadow, strict=True):
            kept = parameter.detach().clone()
            parameter.copy_(shadow)
            shadow.copy_(kept)


@torch.no_grad()
@torch.compiler.set_stance("force_eager")  # every length would be compiled for itself
def check(student: Student, samples: list[Sample]) -> str:
    """Return word error rates over a part of the evaluation set, as one line."""
    student.eval()
    results = []
    for language in LANGUAGES:
        student.use(language)
        for group in ("heard", "never"):
            chosen = [s for s in samples if (s.language, s.group) == (language, group)]
            wanted, got = [], []
            for sample in chosen[:CHECK_PHRASES]:
                lengths = torch.tensor([len(sample.audio)])
                sound = normalise(torch.from_numpy(sample.audio)[None], lengths)
                logits, _ = student(sound, lengths)
                wanted.append(sample.text)
                got.append(decode(logits[0].argmax(-1).tolist(), language) or "-")
            if wanted:
                results.append(f"{language} {group} {jiwer.wer(wanted, got):.3f} ({got[1]!r})")
    student.train()
    return "; ".join(results)


class Trainer:
    """One stage of training: the student, its data and its clock."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.rng = random.Random(options.seed)
        self.corpus = Corpus(options.cache / "train", languages=tuple(options.languages))
        print(f"{self.corpus.refresh():.2f} h of audio", flush=True)
        if options.gentle == 1:
            self.corpus.longest = GENTLE_SECONDS
        self.augment = Augmenter(self.corpus, options.seed)
        self.samples = read_samples(options.cache / "eval")
        self.student = Student()
        if options.state.exists():
            self.student.load_state_dict(torch.load(options.state), strict=False)
        for layer in self.student.model.wav2vec2.encoder.layers:
            layer.compile(dynamic=True)  # 1.4 times as fast; the convolutions would be compiled anew for each length
        self.average = Average(self.student)
        self.optimisers = optimisers(self.student, options.rate)

    def run(self) -> None:
        """Train until the time is up."""
        self.student.train()
        start = saved = time.monotonic()
        step, running, heard = 0, 0.0, 0.0
        while (spent := time.monotonic() - start) < 60 * self.options.minutes:
            warmth = (step + 1) / self.options.warm
            done = spent / (60 * self.options.minutes)
            loss, seconds = self.step(rate(done, warmth, self.options.rate, self.options.final))
            running = loss if step == 0 else 0.97 * running + 0.03 * loss
            heard += seconds
            step += 1
            if self.options.common and step % MEET_EVERY == 0:
                exchange(self.options.common, self.average.parameters)
            if step % 50 == 0:
                print(f"{step} {spent:.0f}s loss {running:.3f}, {heard / spent:.0f} s/s", flush=True)
            if time.monotonic() - saved > SAVE_EVERY:
                self.save()
                print(f"{self.corpus.refresh():.2f} h of audio", flush=True)
                saved = time.monotonic()
        self.save()

    def step(self, lr: float) -> tuple[float, float]:
        """Learn from one batch; return the loss and the seconds of audio."""
        language, clips = self.corpus.batch(self.options.seconds, self.rng)
        gentle = self.rng.random() < self.options.gentle
        batch = self.augment(clips, gentle=gentle)
        self.student.masked = not gentle
        self.student.use(language)
        for optimiser in self.optimisers:
            optimiser.zero_grad()
            for group in optimiser.param_groups:
                group["lr"] = lr
        with torch.autocast("cpu", torch.bfloat16, enabled=self.options.bf16):
            loss = self.loss(clips, batch)
        loss.backward()
        nn.utils.clip_grad_norm_(self.average.parameters, CLIP_NORM)
        for optimiser in self.optimisers:
            optimiser.step()
        self.average.update()
        return loss.item(), float(batch.lengths.sum()) / SAMPLE_RATE

    def loss(self, clips: list[Clip], batch: Batch) -> torch.Tensor:
        """Return what this stage makes small."""
        if self.options.stage == "distil":
            return self.student.mel_error(batch.sound, batch.lengths)
        logits, sounds = self.student(batch.sound, batch.lengths, frozen=FROZEN[self.options.stage])
        error = ctc(logits, self.student.frames(batch.lengths), clips)
        if not bool((batch.sounds > 0).any()):
            return error
        guess = nn.functional.cross_entropy(sounds.flatten(0, 1), batch.sounds.flatten(), ignore_index=phones.UNKNOWN)
        return error + PHONE_WEIGHT * guess

    def save(self) -> None:
        """Judge and write the averaged weights: the state, and the checkpoint if asked for."""
        student, options = self.student, self.options
        self.average.swap()
        student.use("eng")
        if not options.helper:
            new = options.state.with_suffix(".new")
            torch.save(student.state_dict(), new)
            new.replace(options.state)
        if options.stage != "distil" and not options.helper:
            print(time.strftime("%H:%M:%S"), check(student, self.samples), flush=True)
            if options.out:
                student.save(options.out)
        student.use("eng")
        self.average.swap()


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--stage", choices=("distil", "trunk", "joint"), required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--cache", type=Path, default=Path("build/mini"))
    parser.add_argument("--state", type=Path, default=Path("build/mini/state.pt"))
    parser.add_argument("--out", type=Path, help="folder to write the checkpoint to")
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=LANGUAGES, help="twice: twice as often")
    parser.add_argument("--gentle", type=float, default=0.0, help="share of clean batches; 1: short too")
    parser.add_argument("--common", type=Path, help="file where several processes meet")
    parser.add_argument("--helper", action="store_true", help="write nothing but the common file")
    parser.add_argument("--rate", type=float, default=1.5e-3)
    parser.add_argument("--warm", type=int, default=200, help="steps until the full rate")
    parser.add_argument("--final", type=float, default=0.02)
    parser.add_argument("--seconds", type=float, default=90.0, help="audio in one batch")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    Trainer(parser.parse_args()).run()


if __name__ == "__main__":
    main()
