import Platform
import SystemPackage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct `Cancelling at any moment` {
  @Test(arguments: 0..<30)
  func `ends commands and sessions`(yields: Int) async throws {
    let runner = SubprocessRunner()
    let input = [UInt8](repeating: 1, count: 200_000)
    let run = Task {
      try? await runner.run(Command(executable: "cat"), input: input, outputLimit: 1 << 20, timeout: .seconds(60))
    }
    let session = Task {
      try? await runner.withSession(Command(executable: "cat")) { session in
        try await session.send(input + [10])
        return await session.nextLine(limit: 1 << 20, timeout: .seconds(60))
      }
    }
    for _ in 0..<(yields * yields) { await Task.yield() }
    run.cancel()
    session.cancel()
    _ = await (run.value, session.value)
  }
}
