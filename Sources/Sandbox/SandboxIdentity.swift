/// One line of a user or group mapping of a user namespace.
package struct IdentityMapping: Hashable, Sendable {
  /// The number inside the sandbox.
  package let inside: UInt32
  /// The number on the machine.
  package let outside: UInt32

  /// Maps one number.
  package init(inside: UInt32, outside: UInt32) {
    self.inside = inside
    self.outside = outside
  }
}

/// Which users a plugin's process has inside and outside of its user namespace.
package struct SandboxIdentity: Hashable, Sendable {
  /// The user inside whom the plugin runs as.
  package let user: UInt32
  /// The group inside.
  package let group: UInt32
  /// The users that exist inside.
  package let users: [IdentityMapping]
  /// The groups that exist inside.
  package let groups: [IdentityMapping]
  /// Whether the invoking user is root on the machine.
  package let ownerIsRoot: Bool

  /// Makes an identity from its parts.
  package init(user: UInt32, group: UInt32, users: [IdentityMapping], groups: [IdentityMapping], ownerIsRoot: Bool) {
    self.user = user
    self.group = group
    self.users = users
    self.groups = groups
    self.ownerIsRoot = ownerIsRoot
  }

  /// The number of the plugin's user inside, where there is a choice.
  static let ordinaryUser: UInt32 = 1000
  /// A number that systemd's map of user numbers leaves to nobody; it stands for root inside when root starts Serin.
  static let nobodysUser: UInt32 = 2_000_000_000

  /// One sentence for a person.
  package var sentence: String {
    if user == 0 {
      return "the plugin runs as you, seen inside as user 0 without any capability "
        + "(install uidmap and a range in /etc/subuid for an ordinary number inside)"
    }
    return ownerIsRoot
      ? "the plugin runs as an ordinary user inside, mapped to root outside without any capability"
      : "the plugin runs as an ordinary user inside, mapped to you outside"
  }
}

/// A range of subordinate numbers from `/etc/subuid` or `/etc/subgid`.
package struct SubordinateRange: Hashable, Sendable {
  /// The first number of the range.
  package let first: UInt32
  /// How many numbers it has.
  package let count: UInt32

  /// Makes a range.
  package init(first: UInt32, count: UInt32) {
    self.first = first
    self.count = count
  }

  /// The first range of an account in the text of `/etc/subuid` or `/etc/subgid` (`name-or-number:first:count`).
  package static func read(_ text: String, name: String?, number: UInt32) -> SubordinateRange? {
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count == 3, let first = UInt32(fields[1]), let count = UInt32(fields[2]), first > 0, count > 0
      else { continue }
      if fields[0] == String(number) || fields[0] == name ?? "" {
        return SubordinateRange(first: first, count: count)
      }
    }
    return nil
  }
}

extension SandboxIdentity {
  /// The identities worth trying for an account, the better first.
  ///
  /// An OCI runtime needs user 0 inside while it sets the sandbox up. Root gives it a number that belongs to nobody,
  /// an ordinary user a subordinate number; the plugin itself is user 1000, which is the invoking user. Without
  /// subordinate numbers a kernel allows an ordinary user one line only: then 0 inside is that user, and it has no
  /// capability.
  package static func candidates(for surroundings: Surroundings) -> [SandboxIdentity] {
    let user = surroundings.user
    let group = surroundings.group
    if user == 0 {
      let stranger = surroundings.highestMappedUser.map { min($0, nobodysUser) } ?? nobodysUser
      return [
        SandboxIdentity(
          user: ordinaryUser, group: ordinaryUser,
          users: pair(root: stranger, plugin: 0), groups: pair(root: stranger, plugin: group), ownerIsRoot: true)
      ]
    }
    var found: [SandboxIdentity] = []
    if surroundings.hasMappingHelpers, let users = surroundings.subordinateUsers,
      let groups = surroundings.subordinateGroups
    {
      found.append(
        SandboxIdentity(
          user: ordinaryUser, group: ordinaryUser,
          users: pair(root: users.first, plugin: user), groups: pair(root: groups.first, plugin: group),
          ownerIsRoot: false))
    }
    found.append(
      SandboxIdentity(
        user: 0, group: 0, users: [IdentityMapping(inside: 0, outside: user)],
        groups: [IdentityMapping(inside: 0, outside: group)], ownerIsRoot: false))
    return found
  }

  private static func pair(root: UInt32, plugin: UInt32) -> [IdentityMapping] {
    [IdentityMapping(inside: 0, outside: root), IdentityMapping(inside: ordinaryUser, outside: plugin)]
  }
}
