using System.Net;
using CubeActors.Persistence;
using CubeActors.Runtime;

namespace CubeActors.ControlPlane.Tests;

public sealed class MasterHostTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("master-").FullName;

    private MasterOptions Options => new()
    {
        Listen = new IPEndPoint(IPAddress.Loopback, 0),
        DataDirectory = Path.Combine(_directory, "state"),
        ClusterName = "lab",
        Hocon = "akka.stdout-loglevel = OFF",
    };

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_port_in_use_is_told_in_one_sentence_and_nothing_is_left_behind()
    {
        using var other = new TcpNetwork().Listen(new IPEndPoint(IPAddress.Loopback, 0));
        var failure = await Assert.ThrowsAsync<MasterStartException>(() => MasterHost.StartAsync(Options with { Listen = other.LocalEndPoint }));
        Assert.Equal($"{other.LocalEndPoint} is in use by another program: stop it, or give the master another address", failure.Message);
        Assert.False(Directory.Exists(Options.DataDirectory));
    }

    [Fact]
    public async Task A_data_directory_that_cannot_be_is_told()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "state"), "a file");
        var failure = await Assert.ThrowsAsync<MasterStartException>(() => MasterHost.StartAsync(Options));
        Assert.Contains(Options.DataDirectory, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public async Task State_of_a_newer_program_is_told()
    {
        Directory.CreateDirectory(Options.DataDirectory);
        var path = Path.Combine(Options.DataDirectory, MasterHost.StateFileName);
        SqliteJournal.Open(path, ClusterFormat.Registry()).Dispose();
        var file = await File.ReadAllBytesAsync(path);
        file[63] = 99; // user_version in the header of the file: https://www.sqlite.org/fileformat.html
        await File.WriteAllBytesAsync(path, file);
        var failure = await Assert.ThrowsAsync<MasterStartException>(() => MasterHost.StartAsync(Options));
        Assert.Contains("newer", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task State_of_another_cluster_is_refused()
    {
        await (await MasterHost.StartAsync(Options)).StopAsync();
        var failure = await Assert.ThrowsAsync<MasterStartException>(() => MasterHost.StartAsync(Options with { ClusterName = "other" }));
        Assert.Contains("belongs to cluster lab, not to other", failure.Message, StringComparison.Ordinal);
        await (await MasterHost.StartAsync(Options)).StopAsync(); // and nothing of it was changed
    }

    [Fact]
    public async Task A_second_master_on_the_same_directory_is_refused_and_the_first_goes_on()
    {
        await using var first = await MasterHost.StartAsync(Options);
        var failure = await Assert.ThrowsAsync<MasterStartException>(() => MasterHost.StartAsync(Options));
        Assert.Contains("in use", failure.Message, StringComparison.Ordinal);
        Assert.False(first.Failed.IsCompleted);
    }

    [Fact]
    public async Task A_stopped_master_frees_its_port_and_stops_only_once()
    {
        var host = await MasterHost.StartAsync(Options);
        await Task.WhenAll(host.StopAsync(), host.StopAsync());
        using var again = new TcpNetwork().Listen(host.EndPoint);
        Assert.Equal(host.EndPoint, again.LocalEndPoint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    public async Task A_cluster_name_that_is_none_is_named(string name)
    {
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => MasterHost.StartAsync(Options with { ClusterName = name }));
        Assert.StartsWith("ClusterName:", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Durations_that_contradict_each_other_are_named()
    {
        var failure = await Assert.ThrowsAsync<ArgumentException>(() => MasterHost.StartAsync(Options with { Liveness = TimeSpan.FromSeconds(1) }));
        Assert.StartsWith("Liveness:", failure.Message, StringComparison.Ordinal);
        failure = await Assert.ThrowsAsync<ArgumentException>(() => MasterHost.StartAsync(Options with { TaskTimeout = TimeSpan.Zero }));
        Assert.StartsWith("TaskTimeout:", failure.Message, StringComparison.Ordinal);
    }
}
