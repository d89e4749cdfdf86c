import Canary
import Releases
import Signing
import Storage

/// Writes a soak down: the progress to a file of its own, which is the truth to go on from, and the samples to the
/// ledger.
///
/// A person's word reaches a running soak through the ledger: it is asked after every round whether the run still
/// runs, and how long.
struct SoakRecord: CanaryLedger {
  let ledger: Ledger
  let run: Int64
  let progress: SoakFile

  func record(_ samples: [Canary.CanarySample], progress now: CanaryProgress) async throws {
    try await progress.record(samples, progress: now)
    let isRunning = try ledger.observe(
      run, observed: now.observed, probes: now.record.probes,
      samples: samples.map { sample in
        Storage.CanarySample(
          arm: sample.arm.rawValue, offset: now.observed, probe: sample.probe.rawValue,
          outcome: sample.failure?.code ?? "ok", latency: sample.latency.microseconds,
          detail: sample.failure?.sentence)
      })
    guard isRunning else { throw try aborted() }
  }

  func required(atLeast asked: Duration) async throws -> Duration { max(asked, try ledger.canary(run).required) }

  private func aborted() throws -> UpdatingError {
    let run = try ledger.canary(run)
    return .canaryAborted(
      plugin: run.plugin.text, version: run.version.text, remark: try ledger.canaryNotes(run.id).remark)
  }

  func progress(of tree: SHA256Digest) async throws -> CanaryProgress? { try await progress.progress(of: tree) }
}

extension Duration {
  /// Whole microseconds, held at the ends of what 64 bits can say.
  var microseconds: Int64 {
    let (scaled, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000)
    if overflow { return components.seconds < 0 ? .min : .max }
    let (sum, again) = scaled.addingReportingOverflow(components.attoseconds / 1_000_000_000_000)
    return again ? .max : sum
  }
}
