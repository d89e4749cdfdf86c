import ArgumentParser
import Canary
import StrictJSON

/// The command `serin canary explain NAME|FILE`.
struct CanaryExplainCommand: SerinCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Say in plain words what a canary found, and what it could not judge.",
    discussion: HelpText.make(
      """
      Shows the verdict with every reason, every figure of both releases, what happened in the sandbox, how the tools \
      differ, what was not judged and why, and what to do next. It works for a canary of this host, running or over, \
      for the newest verdict of a workspace, and for a file with a signed verdict.
      """,
      codes: [.badSignature],
      examples: [
        "serin canary explain time", "serin canary explain evidence.json --key keys/canary.pub --json",
        "serin canary explain time --workspace .",
      ]))

  @OptionGroup var global: GlobalOptions
  @OptionGroup var which: CanaryTarget

  func perform(_ session: Session) async throws -> CanaryExplainOutput {
    CanaryExplainOutput(account: try which.account(session))
  }
}

/// A canary in plain words.
struct CanaryExplainOutput: CommandOutput {
  static let schema = "serin.canary.explain.1"
  let account: CanaryAccount

  var json: JSON.Object {
    let explanation = CanaryExplanation(account)
    var object = CanaryText.json(account)
    object["comparisons"] = .array(
      explanation.comparisons.map {
        [
          "metric": .string($0.name), "title": .string($0.title), "installed": .string($0.installed),
          "candidate": .string($0.candidate), "change": .string($0.change), "blocks": .int($0.blocks),
        ]
      })
    object["judgements"] = .array(
      explanation.judgements.map {
        [
          "title": .string($0.title), "effect": .string($0.effect), "allowed": .string($0.allowed),
          "worseBlocks": .string($0.blocks), "chance": .string($0.chance), "outcome": .string($0.outcome),
        ]
      })
    object["sections"] = .array(
      explanation.sections.map { ["title": .string($0.title), "lines": .strings($0.lines)] })
    return object
  }

  var text: [TextLine] {
    let explanation = CanaryExplanation(account)
    var lines = [CanaryText.headline(account)]
    for section in explanation.sections {
      let own = section.title == "verdict" ? Array(section.lines.dropFirst()) : section.lines
      if own.isEmpty { continue }
      if section.title != "verdict" { lines.append(.heading(section.title)) }
      lines += own.map { .plain("  " + $0) }
      guard section.title == "figures" else { continue }
      if !explanation.comparisons.isEmpty {
        lines += [.heading("side by side (medians over blocks)"), .table(table(explanation.comparisons))]
      }
      if !explanation.judgements.isEmpty {
        lines += [.heading("as it was judged"), .table(table(explanation.judgements))]
      }
    }
    if account.signer == nil, case .file = account.origin {
      lines.append(.bad("its signature was not checked: this is nobody's word"))
    }
    return lines
  }

  private func table(_ judgements: [CanaryExplanation.Judgement]) -> Table {
    Table(
      columns: [
        .left("  compared"), .right("more by (95 %)"), .right("allowed"), .right("worse blocks"), .right("by chance"),
        .left("outcome"),
      ],
      rows: judgements.map { ["  " + $0.title, $0.effect, $0.allowed, $0.blocks, $0.chance, $0.outcome] })
  }

  private func table(_ comparisons: [CanaryExplanation.Comparison]) -> Table {
    Table(
      columns: [
        .left("  metric"), .right("installed"), .right("candidate"), .right("change"), .right("blocks"),
      ],
      rows: comparisons.map { ["  " + $0.title, $0.installed, $0.candidate, $0.change, String($0.blocks)] })
  }
}
