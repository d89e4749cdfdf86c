import Canary
import TestSupport
import Testing

@Suite struct ObservedTimeTests {
  let minute = Duration.seconds(60)

  @Test func `time between successive answers counts, the first answer only sets the mark`() {
    var time = ObservedTime()
    time.succeeded(at: .seconds(10), interval: minute)
    #expect(time.total == .zero)
    time.succeeded(at: .seconds(70), interval: minute)
    time.succeeded(at: .seconds(131), interval: minute)
    #expect(time.total == .seconds(121))
  }

  @Test func `a gap beyond three intervals counts as one`() {
    var time = ObservedTime()
    time.succeeded(at: .zero, interval: minute)
    time.succeeded(at: .seconds(180), interval: minute)
    #expect(time.total == .seconds(180))
    time.succeeded(at: .seconds(180 + 181), interval: minute)
    #expect(time.total == .seconds(240))
  }

  @Test func `nothing between a failure and the next answer counts`() {
    var time = ObservedTime()
    time.succeeded(at: .zero, interval: minute)
    time.interrupt()
    time.succeeded(at: .seconds(60), interval: minute)
    #expect(time.total == .zero)
    time.succeeded(at: .seconds(120), interval: minute)
    #expect(time.total == .seconds(60))
  }

  @Test func `a clock that starts anew counts nothing and loses nothing`() {
    var time = ObservedTime(total: .seconds(500))
    time.succeeded(at: .seconds(100_000), interval: minute)
    time.succeeded(at: .seconds(5), interval: minute)
    #expect(time.total == .seconds(500))
    time.succeeded(at: .seconds(65), interval: minute)
    #expect(time.total == .seconds(560))
  }

  @Test(arguments: 0..<64 as Range<UInt64>)
  func `whatever happens, no more is counted than was answered`(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var time = ObservedTime()
    var (clock, mark, running) = (Duration.seconds(1000), Duration?.none, Duration.zero)
    for _ in 0..<500 {
      let step = Duration.milliseconds(Int64.random(in: 0...400_000, using: &random))
      switch Int.random(in: 0..<10, using: &random) {
      case 0:
        time.interrupt()
        (clock, mark) = (clock + step, nil)
      case 1:
        // A reboot: the clock starts anew, and the process with it.
        time = ObservedTime(total: time.total)
        (clock, mark) = (.seconds(3), nil)
      default:
        clock += step
        let before = time.total
        time.succeeded(at: clock, interval: minute)
        let gap = mark.map { clock - $0 } ?? .zero
        #expect(time.total >= before)
        #expect(time.total - before <= gap)
        #expect(time.total - before <= minute * ObservedTime.longestGap)
        running += gap
        mark = clock
      }
    }
    #expect(time.total <= running)
  }
}
