package dev.fairlead.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HTTPGetAction;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The static-pod manifest, read into the Kubernetes API's types; an unknown field is an error. */
final class StaticPodTest {

  private static final Path MANIFEST = Distribution.HOME.resolve("kubernetes/fairlead.yaml");

  /** The library keeps unknown fields aside; without that place Jackson refuses them. */
  private static final ObjectMapper STRICT =
      new ObjectMapper(new YAMLFactory())
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .setAnnotationIntrospector(
              new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1;

                @Override
                public Boolean hasAnySetter(Annotated annotated) {
                  return false;
                }
              });

  private final Pod pod = read(manifest());

  @Test
  void anUnknownFieldIsRefused() {
    assertThatThrownBy(
            () -> STRICT.readValue(manifest().replace("hostNetwork:", "hostNetwrok:"), Pod.class))
        .isInstanceOf(UnrecognizedPropertyException.class);
    assertThatThrownBy(() -> STRICT.readValue(manifest().replace("drop:", "dorp:"), Pod.class))
        .isInstanceOf(UnrecognizedPropertyException.class);
  }

  @Test
  void itRunsOnTheHostsNetworkAndIsNotEvicted() {
    assertThat(pod.getSpec().getHostNetwork()).isTrue();
    assertThat(pod.getSpec().getPriorityClassName()).isEqualTo("system-node-critical");
    assertThat(pod.getMetadata().getNamespace()).isEqualTo("kube-system");
    assertThat(pod.getSpec().getTerminationGracePeriodSeconds())
        .as("longer than the drain and the hand-over")
        .isGreaterThanOrEqualTo(15);
  }

  @Test
  void itHasThreeCapabilitiesAndNoOther() {
    var security = container().getSecurityContext();
    assertThat(security.getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(security.getCapabilities().getAdd())
        .containsExactly("NET_RAW", "NET_ADMIN", "NET_BIND_SERVICE");
    assertThat(security.getReadOnlyRootFilesystem()).isTrue();
    assertThat(security.getAllowPrivilegeEscalation()).isFalse();
    assertThat(security.getPrivileged()).isNull();
  }

  @Test
  void probesAskWhereTheDefaultsListen() {
    for (Probe probe :
        List.of(
            container().getStartupProbe(),
            container().getLivenessProbe(),
            container().getReadinessProbe())) {
      HTTPGetAction get = probe.getHttpGet();
      // Without a host the kubelet asks the pod's address, on the host network the node's.
      assertThat(get.getHost() + ":" + get.getPort().getIntVal())
          .isEqualTo(
              com.typesafe.config.ConfigFactory.parseResources("reference.conf")
                  .getString("admin.probes"));
    }
    assertThat(container().getLivenessProbe().getHttpGet().getPath()).isEqualTo("/livez");
    assertThat(container().getReadinessProbe().getHttpGet().getPath()).isEqualTo("/readyz");
  }

  @Test
  void everyMountHasItsVolumeAndOnlyTheSocketsFolderIsWritable() {
    List<String> volumes = pod.getSpec().getVolumes().stream().map(Volume::getName).toList();
    assertThat(container().getVolumeMounts().stream().map(VolumeMount::getName))
        .containsExactlyElementsOf(volumes);
    assertThat(
            container().getVolumeMounts().stream()
                .filter(mount -> !Boolean.TRUE.equals(mount.getReadOnly()))
                .map(VolumeMount::getMountPath))
        .containsExactly("/run/fairlead");
  }

  @Test
  void itsCommandIsTheLaunchersRun() {
    assertThat(container().getCommand()).containsExactly("/opt/fairlead/bin/fairlead");
    assertThat(container().getArgs()).containsExactly("run", "-f", "/etc/fairlead/fairlead.conf");
  }

  private Container container() {
    return pod.getSpec().getContainers().getFirst();
  }

  private static String manifest() {
    try {
      return Files.readString(MANIFEST);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static Pod read(String yaml) {
    try {
      return STRICT.readValue(yaml, Pod.class);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
