/// Figures of the judge as people read them; whatever the number, it becomes a short text.
enum JudgeWords {
  /// An effect in the unit of its quantity; with a decimal when it would else look like `beside`.
  static func amount(_ effect: Double, _ quantity: CanaryQuantity, beside: Double? = nil) -> String {
    switch quantity {
    case .errors: return permille(effect)
    case .memoryGrowth: return bytes(effect)
    case .descriptorGrowth, .threadGrowth: return fixed(effect, decimals: 1)
    case .callLatency, .toolsLatency, .aliveLatency, .startLatency, .processorTime:
      let isClose = beside.map { percent($0) == percent(effect) } ?? false
      return isClose ? fixed(effect * 100, decimals: 1) + " %" : percent(effect)
    }
  }

  /// A share of a whole as "24 %".
  static func percent(_ share: Double) -> String { fixed(share * 100, decimals: 0) + " %" }

  /// A small share as "0.5 %".
  static func permille(_ share: Double) -> String { fixed(share * 100, decimals: 2) + " %" }

  /// Bytes as KiB or MiB.
  static func bytes(_ bytes: Double) -> String {
    bytes.magnitude < 1_048_576
      ? fixed(bytes / 1024, decimals: 0) + " KiB" : fixed(bytes / 1_048_576, decimals: 1) + " MiB"
  }

  /// A number with so many decimals, without a sign that says nothing.
  static func fixed(_ number: Double, decimals: Int) -> String {
    let scale = decimals == 0 ? 1 : decimals == 1 ? 10 : 100
    let scaled = (number * Double(scale)).rounded()
    // Larger than any figure that is worth telling; also what is no number at all.
    guard scaled.magnitude < 1e15 else { return number > 0 ? "∞" : number < 0 ? "-∞" : "?" }
    let whole = Int(scaled.magnitude)
    let sign = scaled < 0 ? "-" : ""
    guard scale > 1 else { return "\(sign)\(whole)" }
    let rest = String(whole % scale)
    return "\(sign)\(whole / scale).\(String(repeating: "0", count: max(0, decimals - rest.count)))\(rest)"
  }
}
