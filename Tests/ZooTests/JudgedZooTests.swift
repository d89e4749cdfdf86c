import Canary
import CanarySupport
import Releases
import Testing

/// The zoo in compressed time: a simulated day of each animal beside a healthy installed release, through the real run
/// and the real judge.
@Suite struct JudgedZooTests {
  @Test(arguments: JudgedAnimals.all)
  func `each animal gets the verdict that it deserves`(animal: Animal) async throws {
    let clock = VirtualClock()
    let (candidate, installed) = JudgedAnimals.behaviours(animal.name)
    let twin = PretendPlugin(clock) { $0 = installed }
    let outcome = try await CanaryRun(
      plan: JudgedAnimals.plan(for: animal.name), subject: PretendPlugin(clock) { $0 = candidate },
      installed: InstalledTwin(subject: twin, double: twin), ledger: ForgetfulLedger(), clock: clock
    ).run()
    print(animal.line(outcome))
    #expect(outcome.verdict.kind == animal.expected, "\(outcome.verdict.findings)")
    if let code = animal.code {
      #expect(outcome.verdict.findings.contains { $0.code == code }, "\(outcome.verdict.findings)")
    }
    if let latest = animal.caughtBy {
      #expect(outcome.progress.observed <= latest)
      #expect(outcome.verdict.findings.first?.code == animal.code, "\(outcome.verdict.findings)")
    }
    if animal.expected == .pass { #expect(outcome.progress.observed >= JudgedAnimals.required(animal.name)) }
  }

  @Test func `the zoo has at least 25 animals, each once`() {
    #expect(JudgedAnimals.all.count >= 25)
    #expect(Set(JudgedAnimals.all.map(\.name)).count == JudgedAnimals.all.count)
  }
}
