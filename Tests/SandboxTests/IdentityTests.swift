import Sandbox
import SystemPackage
import Testing

/// Who a plugin is, inside and outside.
@Suite struct IdentityTests {
  @Test func `root's plugin is an ordinary user inside, and root inside is nobody outside`() {
    var surroundings = Fixtures.surroundings(user: 0)
    surroundings.highestMappedUser = 4_294_967_294
    let candidates = SandboxIdentity.candidates(for: surroundings)
    #expect(candidates.count == 1)
    #expect(candidates.first?.user == 1000)
    #expect(
      candidates.first?.users == [
        IdentityMapping(inside: 0, outside: 2_000_000_000), IdentityMapping(inside: 1000, outside: 0),
      ])
  }

  @Test func `in a small user namespace the nobody is one that exists`() {
    var surroundings = Fixtures.surroundings(user: 0)
    surroundings.highestMappedUser = 65_535
    #expect(SandboxIdentity.candidates(for: surroundings).first?.users.first?.outside == 65_535)
  }

  @Test func `with subordinate numbers an ordinary user stays itself`() {
    var surroundings = Fixtures.surroundings()
    surroundings.hasMappingHelpers = true
    surroundings.subordinateUsers = SubordinateRange(first: 100_000, count: 65_536)
    surroundings.subordinateGroups = SubordinateRange(first: 200_000, count: 65_536)
    let candidates = SandboxIdentity.candidates(for: surroundings)
    #expect(candidates.map(\.user) == [1000, 0])
    #expect(
      candidates.first?.groups == [
        IdentityMapping(inside: 0, outside: 200_000), IdentityMapping(inside: 1000, outside: 1001),
      ])
  }

  @Test func `without them there is one line, and it is said`() {
    let candidates = SandboxIdentity.candidates(for: Fixtures.surroundings())
    #expect(candidates.map(\.users) == [[IdentityMapping(inside: 0, outside: 1001)]])
    #expect(candidates.first?.sentence.contains("without any capability") == true)
  }

  @Test func `subordinate ranges are found by name or number`() {
    let text = "# comment\nada:100000:65536\n1002:165536:65536\nbad:x:y\neve:0:5\n"
    #expect(SubordinateRange.read(text, name: "ada", number: 1001) == SubordinateRange(first: 100_000, count: 65_536))
    #expect(SubordinateRange.read(text, name: nil, number: 1002) == SubordinateRange(first: 165_536, count: 65_536))
    #expect(SubordinateRange.read(text, name: "eve", number: 1003) == nil)
    #expect(SubordinateRange.read("", name: "ada", number: 1001) == nil)
  }

  @Test func `mount tables are read with their escapes`() {
    let text = """
      22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
      40 22 0:30 / /media/my\\040disk rw,nosuid,nodev,noexec - vfat /dev/sdb1 rw
      garbage
      """
    let mounts = MountPoint.read(text)
    #expect(mounts.map(\.path) == ["/", "/media/my disk"])
    #expect(mounts.lockedOptions(for: "/media/my disk/tool") == ["nosuid", "nodev", "noexec"])
    #expect(mounts.lockedOptions(for: "/home") == [])
  }

  @Test func `limits say who keeps them`() {
    let surroundings = Fixtures.surroundings()
    let kept = Fixtures.limits.enforcement(by: Fixtures.runtime(), in: surroundings)
    #expect(kept.map(\.name) == ["memory", "cpus", "pids", "files", "tmp"])
    #expect(kept.map(\.enforced) == [.cgroup, .cgroup, .cgroup, .rlimit, .mount])
    #expect(kept.map(\.value) == ["64 MiB", "0.5", "16", "64", "1 MiB"])
    let watched = Fixtures.limits.enforcement(by: Fixtures.runtime(.none), in: surroundings)
    #expect(watched.map(\.enforced) == [.supervised, .none, .rlimit, .rlimit, .mount])
  }
}
