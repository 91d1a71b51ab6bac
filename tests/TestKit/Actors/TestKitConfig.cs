using Akka.Configuration;

namespace CubeActors.TestKit;

/// <summary>The two ways to run a test's ActorSystem.</summary>
internal static class TestKitConfig
{
    /// <summary>
    /// Both ways: the log goes to the test's <see cref="LogTap"/> only, and a terminating system does no more than stop its actors.
    /// </summary>
    public static readonly Config Common = ConfigurationFactory.ParseString(
        """
        akka {
          loggers = []
          stdout-loglevel = OFF
          log-dead-letters = off
          coordinated-shutdown {
            run-by-actor-system-terminate = off
            run-by-clr-shutdown-hook = off
          }
          test {
            single-expect-default = 3s
            expect-no-message-default = 100ms
            timefactor = 1.0
          }
        }
        """);

    /// <summary>Every dispatcher that Akka itself uses runs on the work loop, and time stands still until the test advances it.</summary>
    public static readonly Config VirtualTime = ConfigurationFactory.ParseString(
        $$"""
        akka {
          scheduler.implementation = "{{NameOf(typeof(TestScheduler))}}"
          actor {
            {{OnLoop("default-dispatcher")}}
            {{OnLoop("internal-dispatcher")}}
            {{OnLoop("default-blocking-io-dispatcher")}}
            {{OnLoop("default-fork-join-dispatcher")}}
            {{OnLoop("task-dispatcher")}}
            {{OnLoop("synchronized-dispatcher")}}
          }
        }
        """);

    /// <summary>HOCON that puts a dispatcher of the code under test on the work loop, wherever its path.</summary>
    public static string OnLoop(string dispatcherPath) =>
        $"{dispatcherPath}.type = \"{NameOf(typeof(WorkLoopDispatcherConfigurator))}\"";

    private static string NameOf(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}
