import Platform
import Sandbox
import SystemPackage
import TestSupport
import Testing

/// Files that look like secrets and are worth nothing.
@Suite(.enabled("needs an OCI runtime that works here") { await RealSandbox.works() })
struct DecoyTests {
  private func touched(_ report: SandboxReport) -> [String] {
    report.events.filter { $0.kind == .decoyTouched }.map(\.subject).sorted()
  }

  @Test func `whoever opens a decoy is recorded, by whatever way it comes`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, report) = try await sandbox.run(
      """
      ls -A ~ | tr '\\n' ' '; echo
      head -c 10 ~/.ssh/id_ed25519; echo
      ln -s ~/.aws /state/link && cat /state/link/credentials > /dev/null
      cd ~/.config/gcloud && grep -c worthless application_default_credentials.json
      (echo x > ~/.netrc) 2>/dev/null && echo changed
      (rm ~/.ssh/id_ed25519) 2>/dev/null && echo removed
      true
      """)
    #expect(lines == [".aws .config .git-credentials .mozilla .netrc .ssh ", "-----BEGIN", "1"])
    #expect(
      touched(report) == [
        "/state/.aws/credentials", "/state/.config/gcloud/application_default_credentials.json",
        "/state/.ssh/id_ed25519",
      ])
    // The mount points are gone, and what the plugin has put there is not.
    #expect(try LocalFileSystem().list(sandbox.state).map(\.name) == ["link"])
  }

  @Test func `whoever only looks around is not`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, report) = try await sandbox.run("find ~ -type f | wc -l; ls -lR ~ > /dev/null") { $0.write = [] }
    #expect(lines == ["8"])
    #expect(touched(report).isEmpty)
  }

  @Test func `where something real is, there is no decoy`() async throws {
    let sandbox = try await RealSandbox()
    try sandbox.scratch.write("mine", to: "state/.netrc")
    try sandbox.scratch.write("mine", to: "state/.ssh/config")
    let (lines, report) = try await sandbox.run("cat ~/.netrc ~/.ssh/*; echo; ls -A ~/.aws")
    #expect(lines == ["minemine", "credentials"])
    #expect(touched(report).isEmpty)
    #expect(try Set(LocalFileSystem().list(sandbox.state).map(\.name)) == [".netrc", ".ssh"])
  }

  @Test func `a client of the web finds no password that it would send by itself`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, _) = try await sandbox.run("ls -A ~ | grep netrc || echo none") { $0.network = ["example.com:443"] }
    #expect(lines == ["none"])
  }

  @Test func `every one says what it is`() async throws {
    let sandbox = try await RealSandbox()
    let (lines, _) = try await sandbox.run("find ~ -type f -exec grep -l 'serin.decoy' {} + | wc -l")
    #expect(lines == ["8"])
  }
}
