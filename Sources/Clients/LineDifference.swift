/// The difference of two texts, as people are used to read it.
package enum LineDifference {
  /// How many lines around a change are shown.
  private static let context = 2
  /// The most lines that are shown; what follows is counted.
  private static let longest = 400

  /// Lines that begin with `@@`, `-`, `+` or a blank; empty where there is no difference.
  package static func lines(from old: [UInt8], to new: [UInt8]) -> [String] {
    let (before, after) = (split(old), split(new))
    // What is the same at both ends need not be compared: these files can be long, and the change is small.
    var head = 0
    while head < min(before.count, after.count), before[head] == after[head] { head += 1 }
    var tail = 0
    while tail < min(before.count, after.count) - head,
      before[before.count - 1 - tail] == after[after.count - 1 - tail]
    {
      tail += 1
    }
    let first = max(0, head - context)
    let (oldEnd, newEnd) = (before.count - max(0, tail - context), after.count - max(0, tail - context))
    let steps = compare(Array(before[first..<oldEnd]), Array(after[first..<newEnd]))
    guard steps.contains(where: { $0.mark != " " }) else { return [] }
    return format(steps, firstLine: first + 1)
  }

  private static func split(_ bytes: [UInt8]) -> [String] {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
      String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
    }
    // The last line feed ends a line and begins none.
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  private struct Step {
    let mark: Character
    let text: String
  }

  private static func compare(_ old: [String], _ new: [String]) -> [Step] {
    let difference = new.difference(from: old)
    var removed: [Int: String] = [:]
    var added: [Int: String] = [:]
    for change in difference {
      switch change {
      case .remove(let offset, let text, _): removed[offset] = text
      case .insert(let offset, let text, _): added[offset] = text
      }
    }
    var steps: [Step] = []
    var (oldIndex, newIndex) = (0, 0)
    while oldIndex < old.count || newIndex < new.count {
      if let text = removed[oldIndex] {
        steps.append(Step(mark: "-", text: text))
        oldIndex += 1
      } else if let text = added[newIndex] {
        steps.append(Step(mark: "+", text: text))
        newIndex += 1
      } else {
        steps.append(Step(mark: " ", text: newIndex < new.count ? new[newIndex] : ""))
        oldIndex += 1
        newIndex += 1
      }
    }
    return steps
  }

  /// Leaves out what is the same and far from a change.
  private static func format(_ steps: [Step], firstLine: Int) -> [String] {
    var lines: [String] = []
    var line = firstLine
    var isShowing = false
    for (index, step) in steps.enumerated() {
      let near = max(0, index - context)...min(steps.count - 1, index + context)
      if steps[near].contains(where: { $0.mark != " " }) {
        if !isShowing { lines.append("@@ line \(line)") }
        isShowing = true
        lines.append(String(step.mark) + step.text)
      } else {
        isShowing = false
      }
      if step.mark != "-" { line += 1 }
    }
    guard lines.count > longest else { return lines }
    return Array(lines.prefix(longest)) + ["@@ and \(lines.count - longest) lines more"]
  }
}
