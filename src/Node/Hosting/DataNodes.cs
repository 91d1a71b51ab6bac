using Akka.Actor;
using CubeActors.Actors;
using CubeActors.Persistence;
using CubeActors.Runtime;
using CubeActors.Runtime.Files;

namespace CubeActors.Node;

/// <summary>Makes the real data nodes.</summary>
internal static class DataNodes
{
    public static IDataNode Create(NodeSettings settings, NodeServices services, ActorSystem system) => new Handle(new DataNode(
        settings.DataNode,
        new DataNodeEnvironment(
            system, services.Network, services.Files, new BufferPool(settings.DataNode.DataPath.BufferBudgetBytes), services.Time, Random.Shared, KernelBoot.ReadId()) // of many threads
        {
            Devices = LinuxBlockDevices.Instance,
            ReadCpuTimes = ProcessorTimes.Read,
            Packets = services.Packets,
            Spans = services.Spans,
            MayLoad = services.MayLoad,
            OpenJournal = (path, events) => SqliteJournal.Open(path, events, new JournalSettings { Time = services.Time, FileBytesMax = JournalBytesMax }),
        }));

    /// <summary>The ledger of operations with the longest history takes 12 MiB, two of them while it is written anew, and as much for what has changed since.</summary>
    private const long JournalBytesMax = 128L << 20;

    private sealed class Handle(DataNode node) : IDataNode
    {
        public NodeStatus Status => node.Status;
        public NodePhase Phase => node.Phase;
        public Task ProveAliveAsync(CancellationToken cancel) => node.ProveAliveAsync(cancel);
        public NodeSurface? Surface => node.Surface;
        public Task<string> Fatal => node.Fatal;

        public async Task StartAsync()
        {
            try
            {
                await node.StartAsync();
            }
            catch (DataNodeException failure)
            {
                throw new SettingsException(failure.Message, failure);
            }
        }

        public Task StopAsync(CancellationToken cancel) => node.StopAsync(cancel);
        public ValueTask DisposeAsync() => node.DisposeAsync();
    }
}
