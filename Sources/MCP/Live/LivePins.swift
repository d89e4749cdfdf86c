package import Releases
import Signing
import StrictJSON

/// What an installed release's tools are held to in live sessions.
package struct LivePins: Sendable {
  /// What the release lists under the fixed environment: by its signed manifest, or as its canary saw it.
  let pins: ToolPins
  /// Tools that a person accepted as they are on this host.
  let accepted: Set<ToolPin>
  private let byName: [ExactString: ToolPin]
  private let acceptedNames: Set<ExactString>
  private let observed: [ExactString: MCPTool]
  private let interchangeable: [String]

  /// Shortest text that is worth interchanging, in bytes: a shorter one stands everywhere.
  static let shortestInterchangeable = 3

  /// Puts together what a release is held to.
  ///
  /// - Parameters:
  ///   - pins: the tools under the fixed environment of canaries.
  ///   - accepted: tools that a person accepted as they are.
  ///   - observed: the very list that the pins were made of, where it was kept; for texts and annotations.
  ///   - interchangeable: texts of the fixed environment and of the user's own that may stand for each other, such as
  ///     `UTC` and the user's time zone: a tool may name either.
  package init(
    _ pins: ToolPins, accepted: Set<ToolPin> = [], observed: ToolList? = nil, interchangeable: [String] = []
  ) {
    self.pins = pins
    self.accepted = accepted
    acceptedNames = Set(accepted.map { ExactString($0.name) })
    byName = Dictionary(pins.tools.map { (ExactString($0.name), $0) }, uniquingKeysWith: { first, _ in first })
    self.observed = Dictionary(
      (observed?.tools ?? []).map { (ExactString($0.name), $0) }, uniquingKeysWith: { first, _ in first })
    // The longest first: one may be part of another.
    self.interchangeable = interchangeable.filter { $0.utf8.count >= Self.shortestInterchangeable }
      .sorted { $0.utf8.count > $1.utf8.count }
  }

  /// How a listed tool compares with its pin.
  package enum Fit: Equatable, Sendable {
    /// It is what was agreed to.
    case fits
    /// There is no tool of this name among the pinned ones.
    case unknown
    /// It differs in these ways.
    case differs([ToolChange])
  }

  /// Compares a listed tool with its pin.
  package func fit(_ tool: MCPTool) -> Fit {
    let live = tool.pin
    guard let pin = byName[ExactString(tool.name)] else { return accepted.contains(live) ? .fits : .unknown }
    if live == pin || accepted.contains(live) || isSameElsewhere(tool, pin) { return .fits }
    if let old = observed[ExactString(tool.name)], old.pin == pin {
      return .differs(ToolComparison(old: old, new: tool).changes())
    }
    return .differs(pin.changes(to: live) + tool.hidden(since: nil))
  }

  /// The names of the pinned tools, sorted.
  package var names: [String] { pins.tools.map(\.name) }

  /// Whether a tool of this name may be called although this session has not listed it: clients keep lists.
  func knows(_ name: String) -> Bool {
    byName[ExactString(name)] != nil || acceptedNames.contains(ExactString(name))
  }

  /// What a pinned tool says of itself, where its text was kept.
  func hints(_ name: String) -> ToolHints? {
    guard let tool = observed[ExactString(name)], let pin = byName[ExactString(name)], tool.pin == pin else {
      return nil
    }
    return ToolHints(tool.json)
  }

  /// Whether a tool differs only by what the environment makes of it.
  private func isSameElsewhere(_ tool: MCPTool, _ pin: ToolPin) -> Bool {
    guard interchangeable.count >= 2, let old = observed[ExactString(tool.name)], old.pin == pin else { return false }
    // A tool that holds the stand-in itself is not worth a second thought.
    guard !String(decoding: tool.json.toolBytes, as: UTF8.self).unicodeScalars.contains(JSON.standIn) else {
      return false
    }
    return old.json.interchanging(interchangeable).toolBytes == tool.json.interchanging(interchangeable).toolBytes
  }
}

extension JSON {
  /// What texts that may stand for each other are compared as: the object replacement character.
  fileprivate static let standIn: Unicode.Scalar = "\u{FFFC}"

  /// The value with each of the texts replaced by one and the same character.
  fileprivate func interchanging(_ texts: [String]) -> JSON {
    switch self {
    case .string(let text):
      var replaced = text
      for candidate in texts { replaced = replaced.replacing(candidate, with: String(Self.standIn)) }
      return .string(replaced)
    case .array(let members): return .array(members.map { $0.interchanging(texts) })
    case .object(let object):
      return .object(JSON.Object(object.members.map { ($0.key, $0.value.interchanging(texts)) }))
    default: return self
    }
  }
}
