import Foundation
import Platform
import Publishing
import Releases
import Signing
import SystemPackage
import Testing

/// The keys and channels of Serin's own releases, which lie at the top of the checkout.
@Suite struct OwnWorkspaceTests {
  private static let checkout = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent()

  @Test func `the project's own workspace loads, with a key for every name it uses`() throws {
    let workspace = try Workspace.open(Self.checkout, machine: .live)
    #expect(workspace.settings.name == "serin")
    #expect(workspace.settings.root.threshold == 2)
    #expect(workspace.policies.map(\.channel.text) == ["canary", "beta", "stable"])
    let names = Set(
      workspace.settings.roles.flatMap(\.role.keys) + workspace.policies.flatMap(\.policy.signers))
    let keys = try names.map { try workspace.publicKey(named: $0) }
    #expect(Set(keys.map(\.bytes)).count == names.count)
  }

  @Test func `releases of the project soak a whole day before anybody gets them by default`() throws {
    let workspace = try Workspace.open(Self.checkout, machine: .live)
    for (channel, policy) in workspace.policies where policy.follows != nil {
      #expect(policy.soak.observed.seconds == 86_400, "\(channel)")
      #expect(policy.evidence.required, "\(channel)")
    }
  }
}
