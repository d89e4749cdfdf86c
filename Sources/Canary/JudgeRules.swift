import RealModule

/// The numbers that the judge goes by; `Benchmarks/Judge` shows what error rates they bring.
enum JudgeRules {
  /// How often a candidate that is as good as the installed release may be failed, by all comparisons and looks.
  static let level = 0.01
  /// The part of it that looks after the required time may use.
  static let extensionLevel = 0.001

  /// Planned looks as shares of the required time: for a day, after 1, 6, 12 and 24 hours.
  static let looks = [1.0 / 24, 0.25, 0.5, 1]
  /// Looks at what is still undecided then, as shares of the required time; after the last one a person is asked.
  static let extensions = [1.5, 2]

  /// From this required time on a pass needs comparisons; what is observed for less is judged by gates and counts.
  ///
  /// Times and memory of a machine wander for an hour, and until then nobody can tell that from a worse release.
  static let comparesFrom = 6.0 * 3600
  /// Fewest blocks that a comparison rests on; starts are rare by themselves, and only much slower ones matter.
  static func fewestBlocks(_ quantity: CanaryQuantity) -> Int { quantity == .startLatency ? 6 : 12 }
  /// Most blocks that are looked at; two days bring 48.
  static let mostBlocks = 512
  /// A block counts when it lasted at least this share of the usual block.
  static let leastShare = 0.5
  /// Before the time is up it must be as good as whole, because one that is still running would change the look.
  static let wholeShare = 0.95

  /// How the error level is shared out: slow growth of memory is hardest to see, then calls that are a little slower;
  /// all else stands out once it is more than is allowed.
  static func weight(_ quantity: CanaryQuantity) -> Double {
    switch quantity {
    case .memoryGrowth: 0.45
    case .callLatency: 0.2
    case .errors: 0.1
    case .toolsLatency, .aliveLatency: 0.03
    case .processorTime, .startLatency: 0.055
    case .descriptorGrowth, .threadGrowth: 0.04
    }
  }

  /// The ratio that is tolerated: a test must show that the candidate takes more than this.
  static func tolerated(_ quantity: CanaryQuantity) -> Double {
    switch quantity {
    case .startLatency: .log(1.25)
    case .processorTime: .log(1.10)
    default: .log(1.05)
    }
  }

  /// The ratio that is allowed, which the estimate must exceed too.
  ///
  /// Between both, a release that is 20 % slower is caught nearly always, one that is 10 % slower hardly ever.
  static func allowed(_ quantity: CanaryQuantity) -> Double {
    switch quantity {
    case .startLatency: .log(1.5)
    case .processorTime: .log(1.25)
    case .callLatency: .log(1.13)
    default: .log(1.15)
    }
  }

  /// The ratio that is too much not to know, when the figures leave it possible.
  static func blind(_ quantity: CanaryQuantity) -> Double {
    quantity == .startLatency ? .log(3) : .log(1.5)
  }
  /// What is more than allowed and has at most this probability is suspect: it stops a pass, and is no proof.
  static let suspicion = 0.05
  /// So many times what blocks scatter by is chance in a noise check too.
  static let usualNoise = 3.0
  /// So many times the allowed growth is too much not to know.
  static let blindGrowth = 20.0

  /// A difference of medians in microseconds that nobody notices, whatever its ratio.
  ///
  /// Calls are made again and again; a tool list is asked for once a session, and a sign of life by nobody who waits.
  static func leastDifference(_ quantity: CanaryQuantity) -> Double {
    switch quantity {
    case .processorTime: 1000
    case .toolsLatency, .aliveLatency: 2000
    default: 100
    }
  }

  /// The growth by the hour that is allowed over so many hours.
  ///
  /// It is what may pile up in a day without harm, but never less than allocators or one more connection explain.
  static func allowedGrowth(_ quantity: CanaryQuantity, hours: Double) -> Double {
    let hours = max(hours, 1.0 / 60)
    return quantity == .memoryGrowth ? max(100 * 1024, 1_048_576 / hours) : max(0.2, 3 / hours)
  }

  /// The share of requests that may fail beyond the installed release's.
  static let allowedErrors = 0.001
  /// Fewest errors that are more than chance.
  static let fewestErrors = 5
  /// Fewest blocks that errors must be spread over; a bad hour or two may be the machine's.
  static let fewestErrorBlocks = 3
  /// A share of errors beyond the installed release's that is too much not to know.
  static let blindErrors = 0.02
}
