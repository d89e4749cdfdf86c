package import MCP
import Platform
package import Releases
package import Signing

/// Why a file is not the evidence that it should be.
package enum EvidenceError: SerinError, Equatable {
  /// The file is longer than evidence can be, in bytes.
  case tooLong(offered: Int, limit: Int)
  /// The signature does not hold.
  case signature(SignatureError)
  /// The signed file is no evidence.
  case unreadable(ReleaseError)
  /// The signature was made for another record.
  case otherComment(offered: String, needed: String)
  /// The evidence is about another release.
  case otherRelease(offered: String, needed: String)

  /// One sentence: what is wrong and why.
  package var description: String {
    switch self {
    case .tooLong(let offered, let limit): "the evidence has \(offered) bytes, more than the \(limit) allowed"
    case .signature(let error): "the evidence is not signed as it must be: \(error)"
    case .unreadable(let error): "the evidence cannot be read: \(error)"
    case .otherComment(let offered, let needed):
      "the signature was made for \(Quoted(offered)), not for \(Quoted(needed))"
    case .otherRelease(let offered, let needed): "the evidence is about \(offered), not about \(needed)"
    }
  }

  /// Whose fault it is.
  package var blame: Blame { .repository }

  /// What to do next.
  package var help: String? {
    switch self {
    case .signature(let error): error.help
    case .otherRelease, .otherComment: "ask the signer for the evidence of this very release"
    case .tooLong, .unreadable: "ask the signer for the evidence again"
    }
  }
}

/// A verdict as a file and a minisign signature beside it, so that anybody can check it with a tool we did not write.
package struct EvidenceFile: Equatable, Sendable {
  /// The evidence as JSON; the file.
  package let json: [UInt8]
  /// The minisign signature; the file's name with `.minisig` appended.
  package let signature: String

  /// Puts two files together that are still to be checked.
  package init(json: [UInt8], signature: String) {
    self.json = json
    self.signature = signature
  }

  /// Signs evidence.
  package init(_ evidence: Evidence, signer: Signer) throws(KeyError) {
    json = evidence.encoded()
    signature = try signer.minisign(json, trustedComment: evidence.trustedComment).text
  }

  /// What the file says, whoever wrote it: for showing it to a person who is told that nobody vouches for it.
  package func unchecked() throws(EvidenceError) -> Evidence {
    do throws(ReleaseError) { return try Evidence(json: json) } catch { throw .unreadable(error) }
  }

  /// Checks signature and trusted comment, and only then reads the evidence.
  ///
  /// - Parameters:
  ///   - keys: whose evidence is believed.
  ///   - tree: the digest of the tree that the evidence must be about; nil to accept any.
  /// - Throws: `EvidenceError` with the first reason not to believe the file.
  package func verified(by keys: [PublicKey], tree: SHA256Digest? = nil) throws(EvidenceError) -> Evidence {
    guard json.count <= Evidence.maxBytes else {
      throw .tooLong(offered: json.count, limit: Evidence.maxBytes)
    }
    let signature: MinisignSignature
    do throws(SignatureError) {
      signature = try MinisignSignature(text: self.signature)
      try signature.verify(json, by: keys)
    } catch {
      throw .signature(error)
    }
    let evidence: Evidence
    do throws(ReleaseError) {
      evidence = try Evidence(json: json)
    } catch {
      throw .unreadable(error)
    }
    let needed = evidence.trustedComment
    guard signature.trustedComment.utf8.elementsEqual(needed.utf8) else {
      throw .otherComment(offered: signature.trustedComment, needed: needed)
    }
    if let tree, tree != evidence.tree {
      throw .otherRelease(offered: evidence.tree.hex, needed: tree.hex)
    }
    return evidence
  }
}

extension Evidence {
  /// Most differences of tools that evidence carries, so that its size stays bounded whatever the plugin does.
  private static let mostChanges = 500

  /// The record of a soak, ready to be signed.
  ///
  /// - Parameters:
  ///   - errorTail: the end of what the candidate wrote to standard error.
  ///   - environment: the machine and what contained the plugin, in words.
  package init(
    _ outcome: CanaryOutcome, of plan: CanaryPlan, errorTail: [UInt8] = [], environment: [String: String] = [:]
  ) {
    self.init(
      outcome.progress, verdict: outcome.verdict, of: plan, tools: outcome.tools, errorTail: errorTail,
      environment: environment)
  }

  /// The record of a soak as far as it came, with a verdict on it.
  package init(
    _ progress: CanaryProgress, verdict: CanaryVerdict, of plan: CanaryPlan, tools: ToolList? = nil,
    errorTail: [UInt8] = [], environment: [String: String] = [:]
  ) {
    let started = progress.started.seconds
    var figures = EvidenceFigures(
      progress.record, gates: plan.gates, judged: verdict.figures, tools: tools, errorTail: errorTail)
    figures.environment = environment
    let record = Evidence(
      plugin: plan.plugin, version: plan.version, platform: plan.platform, tree: plan.tree,
      verdict: verdict.kind, reasons: verdict.findings, observedSeconds: progress.observedSeconds,
      requiredSeconds: plan.gates.required.components.seconds, shortened: plan.isShortened,
      probes: Int64(progress.record.probes), started: Timestamp(seconds: started),
      // A clock that was set back must not make a record that ends before it began.
      ended: Timestamp(seconds: max(started, progress.updated.seconds)), baseline: plan.baseline?.version,
      toolChanges: verdict.changes.sorted { $0.kind > $1.kind }.prefix(Self.mostChanges).map(ToolChange.init),
      figures: figures)
    self = record.fitting()
  }
}

extension Evidence.ToolChange {
  /// A difference with excerpts of the texts, whose hidden characters are written out.
  package init(_ change: MCP.ToolChange) {
    self.init(
      tool: change.tool, kind: change.kind.rawValue, sentence: change.sentence,
      before: change.before.map(Self.excerpt), after: change.after.map(Self.excerpt))
  }

  /// Revealed text may be several times as long as what it reveals; the bound is of bytes.
  private static func excerpt(_ text: String) -> String {
    let shown = HiddenText.revealed(text)
    guard shown.utf8.count > maxText else { return shown }
    return String(decoding: shown.utf8.prefix(maxText - 8), as: UTF8.self) + "…"
  }
}
