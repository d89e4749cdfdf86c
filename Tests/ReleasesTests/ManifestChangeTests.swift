import Releases
import StrictJSON
import Testing

/// What a release may do that an older one may not, although its permissions say the same.
@Suite("changes between bundle manifests") struct ManifestChangeTests {
  private func manifest(
    _ type: UserConfigOption.Kind = .directory, default value: UserConfigValue? = nil, multiple: Bool = false,
    permissions: JSON = ["read": ["${user_config.docs}"]], arguments: [String] = ["server.py"]
  ) throws -> BundleManifest {
    try Samples.manifest(
      launch: LaunchCommand(command: "python3", arguments: arguments),
      userConfig: [
        UserConfigOption(key: "docs", type: type, title: "Documents", default: value, multiple: multiple)
      ], permissions: Permissions(json: permissions))
  }

  private func lines(_ new: BundleManifest, since old: BundleManifest?) -> [String] {
    new.permissionChanges(from: old).map { "\($0.direction.rawValue): \($0.sentence)" }
  }

  @Test func `another default of a granted setting is another place, and waits for a person`() throws {
    let old = try manifest(default: .string("${HOME}/docs"))
    #expect(lines(old, since: old) == [])
    #expect(
      lines(try manifest(default: .string("${HOME}")), since: old) == [
        "widening: the place configured as “docs” is now “${HOME}” where nothing else is chosen, and was "
          + "“${HOME}/docs”"
      ])
    #expect(
      lines(try manifest(default: .string("/etc")), since: try manifest()) == [
        "widening: the place configured as “docs” is now “/etc” where nothing else is chosen, and was nothing"
      ])
    #expect(lines(try manifest(), since: old) == [], "a default that goes gives nothing")
  }

  @Test func `a setting that names more than before widens`() throws {
    #expect(
      lines(try manifest(multiple: true), since: try manifest()) == ["widening: “docs” may now name several places"])
    #expect(
      lines(try manifest(), since: try manifest(.file)) == ["widening: “docs” now names a directory and was a file"])
    let ungranted: JSON = ["read": ["/etc/hosts"]]
    #expect(
      lines(
        try manifest(default: .string("/"), permissions: ungranted), since: try manifest(permissions: ungranted)) == [],
      "a setting that no permission names grants nothing")
  }

  @Test func `a new grant tells what it means where nothing is chosen`() throws {
    let old = try manifest(permissions: [:])
    #expect(
      lines(try manifest(default: .string("/srv")), since: old) == [
        "widening: may now read the place configured as “docs”",
        "notice: “docs” is “/srv” where nothing else is chosen",
      ])
  }

  @Test func `another command is shown, and against nothing only what is granted`() throws {
    #expect(
      lines(try manifest(arguments: ["other.py", "a\nb"]), since: try manifest()) == [
        "notice: is started as “python3 other.py a\u{FFFD}b”, and was as “python3 server.py”"
      ])
    #expect(lines(try manifest(), since: nil) == ["widening: may now read the place configured as “docs”"])
  }
}
