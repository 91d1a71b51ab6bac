using CubeActors.Protocol;
using CubeActors.Storage;

namespace CubeActors.Simulation.Nodes;

// What must hold when all is over: looked at in the files that the stopped nodes have left.
internal sealed partial class NodeWorld
{
    private void CheckEnd()
    {
        if (History.Explain(_clients.History) is { } problem) throw new Broken($"the history has no order: {problem}");
        var clock = new StageTime(_stage, _stage.Idle);
        var stores = _machines.Select(machine => ExtentStore.Open(machine.Files, machine.Directory, new ExtentStoreSettings(clock))).ToList();
        try
        {
            var first = ReadAll(stores[0], _clients.Extent, 0, Registers.ExtentBytes, "node 0");
            for (var i = 1; i < stores.Count; i++)
                Broken.Unless(ReadAll(stores[i], _clients.Extent, 0, Registers.ExtentBytes, $"node {i}").AsSpan().SequenceEqual(first), $"nodes 0 and {i} hold other bytes in the extent of the registers");
            foreach (var append in _clients.Acked)
                for (var i = 0; i < stores.Count; i++)
                    if (append.IsSynced || !_machines[i].HasLostPower) CheckAppend(append, stores[i], i);
        }
        finally
        {
            foreach (var store in stores) store.Dispose();
        }

        var metas = _machines.Select(machine => PartitionMeta.Load(machine.Files, machine.Directory)!).ToList();
        var peers = metas.Select(meta => string.Join(", ", meta.Peers.Select(peer => $"{peer.Id}@{peer.Address}"))).Distinct().ToList();
        Broken.Unless(peers.Count == 1, $"the replicas know other peers: {string.Join(" | ", peers)}");
    }

    private void CheckLengths()
    {
        foreach (var machine in _machines.Where(machine => !machine.HasLostPower))
        {
            var store = machine.Process!.Node.Gates.Find(NodeMachine.Partition)!.Store;
            foreach (var append in _clients.Acked)
            {
                var size = store.Find(new ExtentId(append.Extent))?.Size ?? -1;
                Broken.Unless(size >= append.Offset + append.Data.Length, $"node {machine.Index} has acknowledged extent {append.Extent} up to {append.Offset + append.Data.Length} and holds {size} bytes of it");
            }
        }
    }

    /// <summary>
    /// A replica that has lost its power may lack what was acknowledged and not synced. What it has become shorter by, the repair has brought back by
    /// now; but a length may outlive the bytes below it, and lengths are all that a repair compares.
    /// </summary>
    private static void CheckAppend(AckedAppend append, ExtentStore store, int node)
    {
        var found = ReadAll(store, append.Extent, append.Offset, append.Data.Length, $"node {node}");
        Broken.Unless(found.AsSpan().SequenceEqual(append.Data), $"node {node} holds other bytes than were acknowledged in extent {append.Extent} at {append.Offset}");
    }

    private static byte[] ReadAll(ExtentStore store, ulong extent, long offset, int bytes, string who)
    {
        var all = new byte[bytes];
        for (var at = 0; at < bytes;)
        {
            // Not across the border of a block: each has a CRC of its own, which is checked.
            var step = (int)Math.Min(bytes - at, DataPlane.BlockBytes - ((offset + at) % DataPlane.BlockBytes));
            var error = store.Read(new ExtentId(extent), offset + at, all.AsSpan(at, step), out _);
            Broken.Unless(error == StorageError.None, $"{who} has lost {step} acknowledged bytes of extent {extent} at {offset + at}: {error}");
            at += step;
        }

        return all;
    }
}
