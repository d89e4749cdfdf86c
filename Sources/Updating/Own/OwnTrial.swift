import Platform
import Releases
import StrictJSON
import SystemPackage

/// Runs another release of this program before anything points to it.
struct OwnTrial {
  /// What a release must hold, and what the link points to.
  static let program = "bin/serin"
  /// How long it may take to say its version.
  private static let shortTime = Duration.seconds(20)
  /// How long its self-test may take.
  private static let longTime = Duration.seconds(180)
  private static let mostOutput = 1 << 20

  let machine: Machine
  let environment: [String: String]
  /// The folder of the host whose contents it must be able to read.
  let host: FilePath

  /// Starts the program of a tree and lets it test itself; throws ``OwnReleaseError`` with every reason against it.
  ///
  /// - Parameter present: the self-test of the running program: what fails in both is this machine's fault and speaks
  ///   against neither.
  /// - Returns: what it said of itself.
  func run(
    _ tree: FilePath, expecting version: ReleaseVersion, present: () async -> SelfTest.Report
  ) async throws -> SelfTest.Report {
    let program = tree.appending("bin").appending("serin")
    try await start(program, expecting: version)
    let output = try await output(
      of: program, ["self-update", "--self-test", "--json", "--host-folder", host.string], version, Self.longTime)
    let last = output.stdout.split(separator: UInt8(ascii: "\n")).last.map { Array($0) } ?? []
    guard let json = try? JSON.parse(last, limits: .own), let report = json["selfTest"].flatMap(SelfTest.Report.init)
    else {
      throw OwnReleaseError.doesNotWork(
        version: version.text,
        reasons: ["its self-test ended with \(output.status.shellCode) and without a report\(Self.tail(output))"])
    }
    guard report.version == version.text else {
      throw OwnReleaseError.doesNotWork(
        version: version.text, reasons: ["its self-test says that it is \(report.version.prefix(100))"])
    }
    guard !report.isGood else { return report }
    let sound = Set(await present().checks.filter(\.isGood).map(\.name))
    let reasons = report.checks.filter { !$0.isGood && sound.contains($0.name) }
      .map { "\($0.name): \($0.sentence.prefix(500))" }
    guard reasons.isEmpty else { throw OwnReleaseError.doesNotWork(version: version.text, reasons: reasons) }
    return report
  }

  /// Starts a program and compares the version that it says.
  func start(_ program: FilePath, expecting version: ReleaseVersion) async throws {
    guard let status = try machine.files.status(program), status.kind == .file, status.mode & 0o100 != 0 else {
      throw OwnReleaseError.noProgram(version: version.text, path: Self.program)
    }
    let output = try await output(of: program, ["--version"], version, Self.shortTime)
    let said = String(decoding: output.stdout.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    guard output.status.isSuccess, said == version.text else {
      let what =
        output.status.isSuccess
        ? "it says that it is “\(said.prefix(100))”" : "it ended with \(output.status.shellCode)\(Self.tail(output))"
      throw OwnReleaseError.doesNotWork(version: version.text, reasons: [what])
    }
  }

  private func output(
    of program: FilePath, _ arguments: [String], _ version: ReleaseVersion, _ time: Duration
  ) async throws -> ProcessOutput {
    do throws(ProcessError) {
      return try await machine.processes.run(
        Command(executable: program, arguments: arguments, environment: .exact(environment)), input: [],
        outputLimit: Self.mostOutput, timeout: time)
    } catch {
      if case .cancelled = error { throw error }
      throw OwnReleaseError.doesNotWork(version: version.text, reasons: ["it cannot be run: \(error)"])
    }
  }

  /// The last thing that a program said on standard error.
  private static func tail(_ output: ProcessOutput) -> String {
    let line = output.stderr.suffix(400).split(separator: UInt8(ascii: "\n")).last ?? []
    return line.isEmpty ? "" : ": " + String(decoding: line, as: UTF8.self)
  }
}
