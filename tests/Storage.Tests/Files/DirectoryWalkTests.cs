using System.Text;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;
using CubeActors.TestKit;

namespace CubeActors.Storage.Tests;

/// <summary>Going through a directory: on the running system, and on a file system that has only lists and paths.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class DirectoryWalkTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("cubeactors-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void All_names_are_shown_first_and_then_the_status_of_those_that_were_wanted()
    {
        const int Files = 5000; // more than one call of the kernel returns
        for (var i = 0; i < Files; i++) File.WriteAllBytes($"{_directory}/{i}", new byte[i % 7]);
        Directory.CreateDirectory($"{_directory}/sub");
        File.CreateSymbolicLink($"{_directory}/link", $"{_directory}/6");
        var visitor = new Visitor(name => name is "sub" or "link" || (int.TryParse(name, out var number) && number % 2 == 0));

        Assert.True(LinuxFileSystem.Instance.TryWalk(_directory, visitor));

        Assert.Equal(Files + 2, visitor.Shown.Count);
        Assert.Equal(Files / 2 + 2, visitor.Taken.Count);
        Assert.All(visitor.Taken, taken => Assert.Equal(LinuxFileSystem.Instance.Stat($"{_directory}/{taken.Key}"), taken.Value));
        Assert.True(visitor.Taken["sub"].IsDirectory);
        Assert.Equal(6, visitor.Taken["link"].Length); // followed, as by Stat
        Assert.Equal(visitor.Shown.Order(), LinuxFileSystem.Instance.List(_directory)!.Order());
    }

    [Fact]
    public void A_file_that_goes_meanwhile_is_left_out_and_a_missing_directory_is_said()
    {
        File.WriteAllText($"{_directory}/a", "");
        File.WriteAllText($"{_directory}/b", "");
        var visitor = new Visitor(name =>
        {
            File.Delete($"{_directory}/a");
            return true;
        });

        Assert.True(LinuxFileSystem.Instance.TryWalk(_directory, visitor));

        Assert.Equal(["b"], visitor.Taken.Keys);
        Assert.False(LinuxFileSystem.Instance.TryWalk($"{_directory}/none", visitor));
        Assert.Null(LinuxFileSystem.Instance.List($"{_directory}/none"));
        Assert.Contains($"{_directory}/b", Assert.Throws<DiskFaultException>(() => LinuxFileSystem.Instance.TryWalk($"{_directory}/b", visitor)).Message);
    }

    [Fact]
    public void The_walk_by_paths_tries_a_status_three_times()
    {
        var files = new SimulatedFileSystem();
        files.MakeDirectories("/d");
        files.OpenOrCreate("/d/a").Dispose();
        var failures = 2;
        files.Fault = call => call.Operation == DiskOperation.Stat && failures-- > 0 ? DiskFault.MediaError : null;
        var visitor = new Visitor(_ => true);
        Assert.True(((IFileSystem)files).TryWalk("/d", visitor));
        Assert.Equal(["a"], visitor.Taken.Keys);

        failures = 3;
        Assert.Throws<DiskFaultException>(() => ((IFileSystem)files).TryWalk("/d", new Visitor(_ => true)));
        Assert.False(((IFileSystem)files).TryWalk("/none", visitor));
    }

    private sealed class Visitor(Func<string, bool> wants) : IDirectoryVisitor
    {
        public List<string> Shown { get; } = [];
        public Dictionary<string, FileStatus> Taken { get; } = [];

        public bool Wants(ReadOnlySpan<byte> name)
        {
            Assert.Empty(Taken);
            Shown.Add(Encoding.UTF8.GetString(name));
            return wants(Shown[^1]);
        }

        public void Take(ReadOnlySpan<byte> name, in FileStatus status) => Taken[Encoding.UTF8.GetString(name)] = status;
    }
}
