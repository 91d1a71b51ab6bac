using CubeActors.Protocol;
using CubeActors.Protocol.Master;

namespace CubeActors.Actors;

/// <summary>Whether a task is meant for this node. Pure.</summary>
/// <remarks>CubeFS does not look. An address that was another node's before would delete that one's replicas here, and report to its masters under its name.</remarks>
internal static class TaskAddress
{
    /// <param name="self"><c>ip:port</c>; empty while the node does not know it, and then every task is taken for its own.</param>
    /// <returns>Null, or why the task is not done.</returns>
    public static string? Problem(AdminTask task, Opcode opcode, string self) =>
        self.Length == 0 || task.OperatorAddr.Length == 0 || task.OperatorAddr == self || IsForwarded(opcode)
            ? null
            : $"the task is for {task.OperatorAddr}, and this is {self}";

    /// <summary>A member passes these on to the leader as they came, with its own address in them.</summary>
    private static bool IsForwarded(Opcode opcode) => opcode is Opcode.AddDataPartitionRaftMember or Opcode.RemoveDataPartitionRaftMember;
}
