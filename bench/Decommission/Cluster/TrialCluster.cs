using CubeActors.EndToEnd;
using CubeActors.LoadGen;
using CubeActors.Protocol;

namespace CubeActors.Decommission;

/// <summary>The nodes of a trial, on loopback addresses and in a directory of their own, and the master that this program plays for them.</summary>
internal sealed class TrialCluster : IDisposable
{
    private const int MasterPort = 17010;

    /// <summary>CubeFS compares replicas every two minutes and only what was quiet for one: too long for fifty rounds.</summary>
    private const string QuickTunables = """
        cubeactors.repair {
          quiet-time = 2 s
          first-cycle = 200 ms
          cycle-period = 1 s
          first-verification = 300 ms
          verification-period = 2 s
          broken-period = 500 ms
          copy-period = 500 ms
          retry-min = 50 ms
          retry-max = 1 s
        }
        """;

    private const string Tunables = """
        cubeactors.master.retry-min = 200 ms
        cubeactors.master.retry-max = 1 s
        cubeactors.master.nodes-period = 2 s
        cubeactors.admin-source-check = off
        cubeactors.storage.figures-period = 1 s
        """;

    private readonly LoopbackRange _addresses = LoopbackRange.Claim();

    /// <exception cref="UsageFault">The program cannot be found.</exception>
    public TrialCluster(TrialSettings settings)
    {
        var program = settings.Node ?? Path.Combine(AppContext.BaseDirectory, "CubeActors.Node.dll");
        if (!File.Exists(program)) throw new UsageFault($"--node: there is no {program}");
        Root = Directory.CreateTempSubdirectory("cubeactors-decommission-").FullName;
        var master = $"{_addresses[0]}:{MasterPort}";
        var places = Enumerable.Range(1, settings.Replicas + 1).Select(n => new NodePlace($"node {n}", _addresses[n], Path.Combine(Root, $"node{n}"), master)).ToList();
        foreach (var place in places) place.WriteTunables($"{Tunables}\n{(settings.IsQuick ? QuickTunables : "")}");
        Nodes = [.. places.Select((place, index) => new TrialNode(place, new NodeId((ulong)index + 2), program))];
        Master = new TrialMaster(master, Nodes);
    }

    public string Root { get; }

    public IReadOnlyList<TrialNode> Nodes { get; }

    public TrialMaster Master { get; }

    public TrialNode NodeAt(string address) => Nodes.Single(node => node.Address == address);

    public void Dispose()
    {
        foreach (var node in Nodes) node.Dispose();
        Master.Dispose();
        _addresses.Dispose();
    }

    public void DeleteFiles() => Directory.Delete(Root, recursive: true);
}
