import Releases
import Signing
import StrictJSON
import Testing

@Suite("starting a plugin without a shell") struct LaunchTests {
  private func substituted(
    _ arguments: [String], _ values: [String: UserConfigValue] = [:]
  ) throws -> [String] {
    try LaunchCommand(command: "x", arguments: arguments)
      .substituted(directory: "/tree", home: "/home/u", userConfig: values).arguments
  }

  @Test(
    "variables are replaced by the rules of MCPB",
    arguments: [
      ("${__dirname}/server.py", ["/tree/server.py"]), ("${HOME}", ["/home/u"]), ("${DESKTOP}", ["/home/u/Desktop"]),
      ("${DOCUMENTS}${/}a", ["/home/u/Documents/a"]), ("${DOWNLOADS}${pathSeparator}a", ["/home/u/Downloads/a"]),
      ("${user_config.name}", ["a value"]), ("--name=${user_config.name}", ["--name=a value"]),
      ("${user_config.dirs}", ["/one", "/two words"]), ("--dirs=${user_config.dirs}", ["--dirs=${user_config.dirs}"]),
      ("${user_config.none}", ["${user_config.none}"]), ("${user_config.empty}", []), ("${user_config.flag}", ["true"]),
      ("n=${user_config.whole}", ["n=3"]), ("n=${user_config.part}", ["n=0.5"]),
      ("${unknown} ${} $HOME ${", ["${unknown} ${} $HOME ${"]), ("$(rm -rf /); `id`", ["$(rm -rf /); `id`"]),
      ("${user_config.name}${user_config.name}", ["a valuea value"]),
    ] as [(String, [String])])
  func replaced(argument: String, expected: [String]) throws {
    let values: [String: UserConfigValue] = [
      "name": .string("a value"), "dirs": .list(["/one", "/two words"]), "empty": .list([]), "flag": .boolean(true),
      "whole": .number(3), "part": .number(0.5),
    ]
    #expect(try substituted([argument], values) == expected)
  }

  @Test func `a value is never searched for variables again`() throws {
    let values: [String: UserConfigValue] = [
      "a": .string("${__dirname} ${user_config.b} $(id)"), "b": .string("secret"),
    ]
    #expect(try substituted(["${user_config.a}"], values) == ["${__dirname} ${user_config.b} $(id)"])
  }

  @Test func `command and environment are replaced too`() throws {
    let launch = try LaunchCommand(
      command: "${__dirname}/bin/run", environment: ["DATA": "${HOME}/data", "TOKEN": "${user_config.token}"])
    let result = try launch.substituted(directory: "/t", home: "/h", userConfig: ["token": .string("x y")])
    #expect(result.command == "/t/bin/run")
    #expect(result.environment == ["DATA": "/h/data", "TOKEN": "x y"])
  }

  @Test func `commands that are refused`() throws {
    #expect(throws: ReleaseError.self) { try LaunchCommand(command: "") }
    #expect(throws: ReleaseError.self) { try LaunchCommand(command: "a", arguments: ["\u{0}"]) }
    #expect(throws: ReleaseError.self) { try LaunchCommand(command: "a", environment: ["A=B": "x"]) }
    #expect(throws: ReleaseError.self) { try LaunchCommand(command: "a", environment: ["A": "\u{0}"]) }
    let many = Array(repeating: "x", count: LaunchCommand.maxMembers + 1)
    #expect(problem { _ = try LaunchCommand(command: "a", arguments: many) } == .tooMany(offered: 1025, limit: 1024))
    let long = String(repeating: "x", count: LaunchCommand.maxText + 1)
    #expect(problem { _ = try LaunchCommand(command: long) } == .tooLong(offered: 32_769, limit: 32_768))
    #expect(throws: ReleaseError.self) {
      try substituted(["${user_config.a}"], ["a": .string("\u{0}")])
    }
  }
}

@Suite("what the user configures") struct UserConfigTests {
  private let options: [UserConfigOption]

  init() throws {
    options = [
      try UserConfigOption(key: "repo", type: .directory, title: "Repository", required: true),
      try UserConfigOption(key: "dirs", type: .directory, title: "Folders", multiple: true),
      try UserConfigOption(key: "count", type: .number, title: "Count", default: .number(3), min: 1, max: 10),
      try UserConfigOption(key: "fast", type: .boolean, title: "Fast"),
      try UserConfigOption(key: "token", type: .string, title: "Token", sensitive: true),
      try UserConfigOption(key: "place", type: .directory, title: "Place", default: .string("${HOME}/notes")),
    ]
  }

  @Test func `KEY=VALUE texts become values`() throws {
    let values = try UserConfigOption.values(
      from: ["repo=/a=b", "dirs=/x", "dirs=/y z", "count=2.5", "fast=true", "token="], options: options)
    #expect(
      values == [
        "repo": .string("/a=b"), "dirs": .list(["/x", "/y z"]), "count": .number(2.5), "fast": .boolean(true),
        "token": .string(""),
      ])
  }

  @Test(
    "values that are refused, and it is the user's to correct",
    arguments: [
      ("repo", "--set"), ("nope=1", "nope"), ("repo=relative", "repo"), ("repo=/a/../b", "repo"), ("repo=", "repo"),
      ("count=0", "count"), ("count=11", "count"), ("count=many", "count"), ("count=nan", "count"),
      ("count=inf", "count"), ("fast=yes", "fast"), ("token=a\u{0}", "token"),
      ("token=" + String(repeating: "x", count: 8193), "token"),
    ])
  func refused(assignment: String, field: String) {
    let error = #expect(throws: ReleaseError.self) { try UserConfigOption.values(from: [assignment], options: options) }
    #expect(error?.field == field)
    #expect(error?.blame == .user)
  }

  @Test func `one option takes one value unless it takes many`() {
    #expect(
      problem { _ = try UserConfigOption.values(from: ["repo=/a", "repo=/b"], options: options) } == .duplicate("repo"))
  }

  @Test func `a secret does not appear in an error`() {
    let error = #expect(throws: ReleaseError.self) {
      try UserConfigOption.values(from: ["token=hunter2\u{0}"], options: options)
    }
    #expect(error?.description.contains("hunter2") == false)
  }

  @Test func `defaults fill in, with their variables, and what is required must be there`() throws {
    let values = try UserConfigOption.resolved(
      ["repo": .string("/r")], options: options, directory: "/tree", home: "/home/u")
    #expect(values == ["repo": .string("/r"), "count": .number(3), "place": .string("/home/u/notes")])
    #expect(throws: ReleaseError("repo", .missing, blame: .user)) {
      try UserConfigOption.resolved([:], options: options, directory: "/t", home: "/h")
    }
    #expect(throws: ReleaseError("nope", .unknown, blame: .user)) {
      try UserConfigOption.resolved(["nope": .boolean(true)], options: options, directory: "/t", home: "/h")
    }
    #expect(UserConfigOption.missing([:], options: options).map(\.key) == ["repo"])
    #expect(UserConfigOption.missing(["repo": .string("/r")], options: options).isEmpty)
  }

  @Test func `options that are refused`() {
    #expect(throws: ReleaseError.self) { try UserConfigOption(key: "", type: .string, title: "x") }
    #expect(throws: ReleaseError.self) { try UserConfigOption(key: "a}b", type: .string, title: "x") }
    #expect(throws: ReleaseError.self) { try UserConfigOption(key: "a", type: .number, title: "x", multiple: true) }
    #expect(throws: ReleaseError.self) {
      try UserConfigOption(key: "a", type: .number, title: "x", default: .string("3"))
    }
    #expect(throws: ReleaseError.self) {
      try UserConfigOption(key: "a", type: .file, title: "x", default: .string("/a"), multiple: true)
    }
  }

  @Test func `values survive JSON`() throws {
    for value: UserConfigValue in [.string("x"), .number(3), .number(0.5), .boolean(false), .list(["a"]), .list([])] {
      #expect(UserConfigValue(json: value.json) == value)
    }
    #expect(UserConfigValue(json: nil) == nil && UserConfigValue(json: ["a": 1]) == nil)
    #expect(UserConfigValue(json: [1]) == nil)
  }
}
