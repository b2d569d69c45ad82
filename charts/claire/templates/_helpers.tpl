{{- define "claire.name" -}}
{{- if contains "claire" .Release.Name }}{{ .Release.Name | trunc 50 | trimSuffix "-" }}{{ else }}{{ printf "%s-claire" .Release.Name | trunc 50 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "claire.selector" -}}
app.kubernetes.io/name: claire
app.kubernetes.io/component: operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "claire.labels" -}}
{{ include "claire.selector" . }}
app.kubernetes.io/part-of: claire
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "claire.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "claire.name" .) }}
{{- end }}

{{- define "claire.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}{{ end }}
{{- end }}

{{/* The namespaces that are watched, as a JSON list; empty for all. */}}
{{- define "claire.namespaces" -}}
{{- if .Values.watch.allNamespaces }}[]{{ else }}{{ .Values.watch.namespaces | default (list .Release.Namespace) | uniq | toJson }}{{ end }}
{{- end }}

{{/* What the operator may do in a namespace with bots. No list or watch of Secrets, no exec, nothing that grants rights. */}}
{{- define "claire.rules" -}}
- apiGroups: [trading.claire.dev]
  resources: [tradingbots]
  verbs: [get, list, watch, patch, update]
- apiGroups: [trading.claire.dev]
  resources: [tradingbots/status, tradingbots/finalizers]
  verbs: [get, patch, update]
- apiGroups: [apps]
  resources: [statefulsets, deployments]
  verbs: [get, list, watch, create, patch, update, delete]
- apiGroups: ['']
  resources: [services, configmaps, persistentvolumeclaims]
  verbs: [get, list, watch, create, patch, update, delete]
- apiGroups: [networking.k8s.io]
  resources: [networkpolicies]
  verbs: [get, list, watch, create, patch, update, delete]
- apiGroups: [batch]
  resources: [jobs]
  verbs: [get, list, watch, create, patch, update, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, update, delete]
# A protected pod is replaced by deleting it.
- apiGroups: ['']
  resources: [pods]
  verbs: [get, list, watch, delete]
# By name only: the ones it made, and the labels of the one a bot names.
- apiGroups: ['']
  resources: [secrets]
  verbs: [get, create, patch, update, delete]
- apiGroups: [events.k8s.io, '']
  resources: [events]
  verbs: [create, patch, update]
# The label that allows live bots.
- apiGroups: ['']
  resources: [namespaces]
  verbs: [get]
{{- end }}
