// swift-tools-version: 6.2
import PackageDescription

// One module, one idea; arrows point down only. Each C library has one door: Signing opens CSodium, Platform opens
// CCurl and CLinux, Bundles opens CLibArchive and CZstd.

let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let realModule = Target.Dependency.product(name: "RealModule", package: "swift-numerics")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// A module of the house.
func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// `script/test` optimises what is tested, dependencies included, which halves the time of the tests; optimising the
/// tests themselves costs more time than it saves.
let testSettings = settings + [.unsafeFlags(["-Xfrontend", "-Onone"])]

/// The tests of a module: they see what the module rests on and the shared test doubles.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: dependencies + ["TestSupport", "Platform", "Signing", systemPackage],
    exclude: exclude, swiftSettings: testSettings)
}

/// A C library that is opened when it is first used: linking libcurl and libarchive would load 44 shared
/// libraries at every start of the program, for commands that need neither.
func lazyDoor(_ name: String) -> Target {
  .target(name: name, linkerSettings: [.linkedLibrary("dl")])
}

let package = Package(
  name: "serin",
  products: [
    .executable(name: "serin", targets: ["serin"]),
    .executable(name: "tuf-client", targets: ["tuf-client"]),
    .library(name: "TUF", targets: ["TUF"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-numerics.git", from: "1.1.1"),
    .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    lazyDoor("CLibArchive"),
    lazyDoor("CCurl"),
    .target(name: "CLinux"),

    module("StrictJSON", []),
    module("Signing", ["CSodium", crypto]),
    module("TUF", ["StrictJSON", "Signing", crypto, cryptoExtras]),
    module("Platform", ["Signing", "CCurl", "CLinux", systemPackage, subprocess, logging]),
    module("Releases", ["StrictJSON", "Signing", yams]),
    module("Bundles", ["Releases", "Signing", "StrictJSON", "Platform", systemPackage, "CLibArchive", "CZstd"]),
    module("Offline", ["TUF", "Bundles", "Releases", "Signing", "Platform", systemPackage]),
    module("Storage", ["Releases", "Signing", "StrictJSON", "Platform", systemPackage, grdb]),
    module("Sandbox", ["Releases", "Signing", "StrictJSON", "Platform", systemPackage, nioCore, nioPosix]),
    module("MCP", ["Releases", "StrictJSON", "Signing"]),
    module("Clients", ["Releases", "StrictJSON", "Signing", "Platform", systemPackage]),
    module("Canary", ["MCP", "Sandbox", "Releases", "Signing", "StrictJSON", "Platform", systemPackage, realModule]),
    module(
      "Publishing",
      [
        "TUF", "Bundles", "Offline", "Canary", "MCP", "Sandbox", "Releases", "Signing", "StrictJSON", "Platform",
        systemPackage, yams,
      ]),
    module(
      "Updating",
      [
        "TUF", "Bundles", "Offline", "Storage", "Clients", "Canary", "MCP", "Sandbox", "Releases", "Signing",
        "StrictJSON", "Platform", systemPackage,
      ]),
    module(
      "ReleaseServer",
      [
        "Publishing", "Releases", "Signing", "StrictJSON", "Platform", systemPackage, hummingbird, hummingbirdCore,
        logging, lifecycle,
      ]),
    .executableTarget(
      name: "serin",
      dependencies: [
        "ReleaseServer", "Publishing", "Updating", "TUF", "Bundles", "Offline", "Storage", "Clients", "MCP", "Canary",
        "Sandbox", "Releases", "Signing", "StrictJSON", "Platform", systemPackage, argumentParser, logging, lifecycle,
        signals,
      ],
      swiftSettings: settings,
      // The static standard library asks the linker to export every symbol of the program; nobody loads them, and 39,000
      // exported symbols cost 0.7 ms of 6.9 at each start.
      linkerSettings: [.unsafeFlags(["-Xlinker", "--no-export-dynamic"])]),

    // The library's example, and what the conformance suite of TUF runs.
    .executableTarget(
      name: "tuf-client", dependencies: ["TUF", "Signing", "Platform", systemPackage], path: "Sources/TUFClient",
      swiftSettings: settings, linkerSettings: [.unsafeFlags(["-Xlinker", "--no-export-dynamic"])]),

    .executableTarget(
      name: "stage-benchmark",
      dependencies: ["Updating", "Bundles", "Storage", "Releases", "Signing", "Platform", systemPackage],
      path: "Benchmarks/Stage", swiftSettings: settings),
    .executableTarget(
      name: "sandbox-benchmark", dependencies: ["Updating", "Releases", "Platform", systemPackage],
      path: "Benchmarks/Sandbox", exclude: ["bench.py"], swiftSettings: settings),
    .executableTarget(
      name: "delta-benchmark",
      dependencies: ["Updating", "Bundles", "Storage", "Releases", "Signing", "Platform", systemPackage],
      path: "Benchmarks/Delta", exclude: ["bench.py"], swiftSettings: settings),

    // Shared by the judge's tests and its benchmark.
    .target(
      name: "JudgeSimulation", dependencies: ["Canary", "Releases", "TestSupport", realModule],
      path: "Benchmarks/Judge/Simulation", swiftSettings: settings),
    .executableTarget(
      name: "judge-benchmark", dependencies: ["JudgeSimulation"], path: "Benchmarks/Judge/Table",
      swiftSettings: settings),

    .target(
      name: "TestSupport", dependencies: ["Platform", "Signing", systemPackage], path: "Tests/TestSupport",
      swiftSettings: settings),
    .target(
      name: "CanarySupport", dependencies: ["Canary", "MCP", "Platform", "Signing", "StrictJSON"],
      path: "Tests/CanarySupport", swiftSettings: settings),
    tests("StrictJSON", ["StrictJSON"]),
    tests("Signing", ["CSodium", crypto]),
    tests("TUF", ["TUF", "StrictJSON", crypto, cryptoExtras], exclude: ["README.md"]),
    tests("TUFClient", ["tuf-client", "TUF"]),
    tests("Platform", [subprocess]),
    tests("Releases", ["Releases", "StrictJSON"]),
    tests("Bundles", ["Bundles", "Releases", "StrictJSON"]),
    tests("Hostile", ["Updating", "Storage", "Bundles", "Releases"], exclude: ["Kinds.md"]),
    tests("Offline", ["Offline", "TUF", "Bundles", "Releases"]),
    tests("Storage", ["Storage", "Releases", "StrictJSON", grdb]),
    tests("Sandbox", ["Sandbox", "Releases", "StrictJSON"]),
    tests("MCP", ["MCP", "Releases", "StrictJSON"]),
    tests("Clients", ["Clients", "Releases", "StrictJSON"]),
    tests("Canary", ["Canary", "CanarySupport", "JudgeSimulation", "MCP", "Sandbox", "Releases", "StrictJSON"]),
    tests("Zoo", ["Canary", "CanarySupport", "MCP", "Sandbox", "Releases", "StrictJSON"], exclude: ["zoo.py"]),
    tests(
      "Publishing",
      ["Publishing", "TUF", "Bundles", "Canary", "MCP", "Sandbox", "Releases", "StrictJSON"]),
    tests(
      "Updating",
      [
        "Updating", "Publishing", "Offline", "TUF", "Bundles", "Storage", "Clients", "Canary", "MCP", "Sandbox",
        "Releases", "StrictJSON",
      ]),
    tests("Launcher", ["Updating", "Storage", "MCP", "Releases", "StrictJSON"]),
    tests(
      "Console",
      [
        "serin", "Bundles", "Canary", "Clients", "Offline", "Publishing", "Releases", "Sandbox", "Updating",
        "ReleaseServer", "TUF", "StrictJSON", argumentParser,
      ]),
    tests("Serin", ["serin", "StrictJSON"], exclude: ["Snapshots"]),
    .testTarget(name: "TidyTests", swiftSettings: testSettings),
    tests(
      "ReleaseServer",
      ["ReleaseServer", "Publishing", "Releases", "StrictJSON", hummingbird, hummingbirdTesting, logging, lifecycle]),
  ]
)

// libFuzzer's program for bundles, deltas and offline bundles sees what only this package sees, so it belongs to it; only
// `script/fuzz` builds it, with every module instrumented.
if Context.environment["SERIN_FUZZ"] != nil {
  package.targets += [
    .target(name: "CFuzzer", path: "Tests/Fuzz/Sources/CFuzzer"),
    .executableTarget(
      name: "fuzz-archives",
      dependencies: ["CFuzzer", "Offline", "Bundles", "Releases", "Signing", "Platform", systemPackage],
      path: "Tests/Fuzz/Sources/fuzz-archives"),
  ]
}
